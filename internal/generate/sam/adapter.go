package sam

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// adapter is the function behind the API.
func (d *deployment) adapter(steps []step, remote []string) function {
	f := d.caller("Adapter", "adapter", steps, remote, waits{timeout: adapterTimeout, wait: adapterWait})
	f.About = "Takes calls over HTTP, sends their events on, looks for the replies and answers.\n" +
		"In the shape inline it runs the steps as well, and invokes itself for callers\n" +
		"who do not wait, since Lambda stops a process that has answered."
	f.Description = "Answers calls over HTTP"
	f.API, f.APIMillis = true, apiTimeout.Milliseconds()
	f.Environment = append(f.Environment, variable{"HOMING_BASE_PATH", "!Ref BasePath"})
	f.asyncCondition = "IsInline"
	return f
}

// streaming is the same behind a function URL.
func (d *deployment) streaming(steps []step, remote []string) function {
	f := d.caller("Streaming", "streaming", steps, remote, waits{timeout: streamTimeout, wait: streamWait})
	f.Condition = "HasStreamUrl"
	f.About = "The same behind a function URL, which streams answers and has no limit of 30 s.\n" +
		"It is a function of its own, so that what waits long here does not take the\n" +
		"place of calls to the API, and is seen apart in the metrics."
	f.Description = "Answers calls over HTTP with streams"
	f.Environment = append(f.Environment, variable{"HOMING_STREAM", "url"})
	f.URL = true
	f.asyncCondition = "StreamsInline"
	return f
}

// waits are the limits of a function that holds connections.
type waits struct{ timeout, wait time.Duration }

// between is later than a call that was held for as long as it may be, and
// sooner than the timeout, in milliseconds.
func (w waits) between() string {
	return strconv.FormatInt((w.wait + (w.timeout-w.wait)/2).Milliseconds(), 10)
}

// caller is a function with the role adapter, or all in the shape inline.
func (d *deployment) caller(id, suffix string, steps []step, remote []string, limit waits) function {
	inlineTimeout := max(d.limits.timeout, limit.timeout)
	f := function{
		ID: id, Suffix: suffix,
		Memory:  either("IsInline", "!Ref StepMemory", "!Ref AdapterMemory"),
		Timeout: either("IsInline", yamlSeconds(inlineTimeout), yamlSeconds(limit.timeout)),
		Environment: []variable{
			{"HOMING_ROLE", either("IsInline", "all", "adapter")},
			{"HOMING_VERTICES", vertices(steps)},
			{"HOMING_TOKENS", "!Ref Tokens"},
			{"HOMING_MAX_WAIT", limit.wait.String()},
			{"HOMING_POLL", "!Ref Poll"},
			{"HOMING_COMPRESS", "!Ref Compress"},
			bodies(),
		},
		BodyActions: either("IsInline", bodyActions(bodyOperations()...), bodyActions("PutObject")),
		alarmAfter:  either("IsInline", tooLong(inlineTimeout), limit.between()),
	}
	next := []string{when("IsInline", "!Sub "+quoted(functionARN("${AWS::StackName}-"+suffix))), when("IsVertex", arn("Vertex"))}
	for _, s := range steps {
		if s.first {
			next = append(next, when("IsSplit", arn(s.ID)))
		}
	}
	for _, one := range remote {
		next = append(next, when("IsInline", one))
	}
	next = append(next, arn(failureID))
	const query = "Query" // also of the index
	operations := slices.DeleteFunc(adapterOperations(), func(o string) bool { return o == query })
	f.Statements = []statement{logging(id), onTable(operations...), looking(), invoking(next...)}
	return f
}

// vertices is HOMING_VERTICES of an adapter: who runs the first step of each
// chain.
func vertices(steps []step) string {
	var first []string
	for _, s := range steps {
		if s.first {
			first = append(first, s.where())
		}
	}
	const indent = "\n            "
	return strings.Join([]string{
		"!If", "- IsInline", "- " + noValue,
		"- !If", "  - IsVertex", `  - !Sub "*=${Vertex}"`, "  - !Sub " + quoted(strings.Join(first, ",")),
	}, indent)
}

func quoted(s string) string { return `"` + s + `"` }

// tooLong is when a run comes close to the timeout, in milliseconds.
func tooLong(timeout time.Duration) string {
	return strconv.FormatInt((timeout * 9 / 10).Milliseconds(), 10) //nolint:mnd // nine tenths of it
}
