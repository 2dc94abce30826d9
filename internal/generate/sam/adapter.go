package sam

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/homing-dev/homing/internal/generate/needs"
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
	f.asyncCondition, f.neverAsync = d.only(Inline), !d.has(Inline)
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
	f.URL, f.Concurrency = true, reserved("Stream")
	f.asyncCondition, f.neverAsync = "StreamsInline", !d.has(Inline)
	if d.only(Inline) == "" {
		f.asyncCondition = f.Condition
	}
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
		Memory:  d.inline("!Ref StepMemory", "!Ref AdapterMemory"),
		Timeout: d.inline(yamlSeconds(inlineTimeout), yamlSeconds(limit.timeout)), Concurrency: reserved(id),
		EventAge: eventAge(d.chains...),
		Environment: []variable{
			{"HOMING_ROLE", d.inline("all", "adapter")},
			{"HOMING_VERTICES", d.choose(noValue, `!Sub "*=${Vertex}"`, "!Sub "+quoted(vertices(steps)))},
			{"HOMING_MAX_WAIT", limit.wait.String()},
			{"HOMING_COMPRESS", "!Ref Compress"},
			bodies(),
		},
		BodyActions: d.inline(bodyActions(bodyOperations()...), bodyActions("PutObject")),
		alarmAfter:  d.inline(tooLong(inlineTimeout), limit.between()),
	}
	f.Environment = append(f.Environment, callers()...)
	if !d.redis {
		f.Environment = append(f.Environment, variable{"HOMING_POLL", "!Ref Poll"})
	}
	next := d.when(nil, Inline, "!Sub "+quoted(functionARN("${AWS::StackName}-"+suffix)))
	next = d.when(next, Vertex, arn("Vertex"))
	for _, s := range steps {
		if s.first {
			next = d.when(next, Split, arn(s.ID))
		}
	}
	for _, one := range remote {
		next = d.when(next, Inline, one)
	}
	next = append(next, arn(failureID))
	if d.has(Inline) {
		f.Environment = append(f.Environment, d.variables(needs.OfAll(d.chains), d.only(Inline))...)
		for _, c := range d.chains {
			f.Permissions = append(f.Permissions, permissions(c.Steps, d.only(Inline))...)
		}
	}
	const query = "Query" // also of the index
	operations := slices.DeleteFunc(adapterOperations(), func(o string) bool { return o == query })
	f.Statements = slices.Concat([]statement{logging(id)}, d.onTable(operations...), d.looking(), []statement{invoking(next...)})
	return f
}

// vertices is HOMING_VERTICES of an adapter in the shape split: who runs the first
// step of each chain.
func vertices(steps []step) string {
	var first []string
	for _, s := range steps {
		if s.first {
			first = append(first, s.where())
		}
	}
	return strings.Join(first, ",")
}

func quoted(s string) string { return `"` + s + `"` }

// tooLong is when a run comes close to the timeout, in milliseconds.
func tooLong(timeout time.Duration) string {
	return strconv.FormatInt((timeout * 9 / 10).Milliseconds(), 10) //nolint:mnd // nine tenths of it
}
