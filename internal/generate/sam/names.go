package sam

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/homing-dev/homing/functions"
)

// maxSuffix is how long the name of a function may be after that of its stack
// and a dash. A name has at most 64 characters, so stacks have 23 left.
const maxSuffix = 40

// names holds the names of functions and of what belongs to them; all differ.
type names map[string]string // a name or logical id, and what has it

// fixedNames are of what every stack has beside functions.
func fixedNames() names {
	n := names{}
	for _, id := range []string{
		"Api", "ApiLogs", "ApiErrors", "Dashboard", "Replies", "RepliesThrottles", "RepliesErrors", "Bodies", "DeadLetters", "DeadLettersDepth",
		"Token", "Traces", "Network", "Domain", "DomainMapping", "DomainRecord", "DomainTarget", "Web", "WebUrl",
		"Shape", "AdapterMemory", "StepMemory", "StreamUrl", "TokenSecret", "Open", "AccountConcurrency", "AdapterConcurrency",
		"StepConcurrency", "StreamConcurrency", "ThrottleRate", "ThrottleBurst", "KeepReplies", "LargeData", "Poll", "Compress", "Arrivals",
		"TableLimit", "PointInTimeRecovery", "AlarmTopic", "LogRetention", "LogLevel", "LogFormat", "Tracing", "BasePath", "DomainName",
		"DomainCertificate", "HostedZone", "WebAcl", "Subnets", "SecurityGroups", "PermissionsBoundary", "StoreSecret",
		"Authorizer", "JwtIssuer", "JwtAudience", "JwtTenant", "LinkKeysSecret", "TrustedProxies", "CallbackTargets", "CallbackKeysSecret",
	} {
		n[id] = "the stack itself"
	}
	return n
}

// function names what runs steps, or waits for those that do: its logical id
// in the template, and the end of its name on AWS.
func (n names) function(words ...string) (id, suffix string, err error) {
	what := strings.Join(words, ".")
	id, suffix = camel(what), strings.ToLower(strings.Join(split(what), "-"))
	switch {
	case id == "":
		return "", "", fmt.Errorf("a function cannot be named after %q: it has neither letters nor digits", what)
	case len(suffix) > maxSuffix:
		return "", "", fmt.Errorf("the function of %s would be named STACK-%s, whose end is longer than %d characters", what, suffix, maxSuffix)
	}
	return id, suffix, n.take(what, "-"+suffix, // the dash keeps it apart from a logical id
		id, id+"Role", id+"Logs", id+"Errors", id+"Throttles", id+"Duration", id+"EventAge", id+"Function",
		// of the function URL, and SAM's names for what it derives from a function:
		id+"Url", id+"UrlPublicPermissions", id+"URLInvokeAllowPublicAccess", id+"AnyPermission", id+"EventInvokeConfig")
}

// group names the alarms of a chain, which are so many times four.
func (n names) group(chain string, times int) (id string, err error) {
	id = camel(chain)
	for i := range times {
		numbered := id
		if i > 0 {
			numbered += strconv.Itoa(i + 1)
		}
		if err := n.take("the alarms of "+chain, numbered+"Errors", numbered+"Throttles", numbered+"Duration", numbered+"EventAge"); err != nil {
			return "", err
		}
	}
	return id, nil
}

// take reserves names, unless one of them is taken.
func (n names) take(what string, all ...string) error {
	for _, name := range all {
		if other, taken := n[name]; taken {
			return fmt.Errorf("%s and %s would both need the name %s", other, what, strings.TrimPrefix(name, "-"))
		}
	}
	for _, name := range all {
		n[name] = what
	}
	return nil
}

// safe refuses names that would be read as something else in the template; the
// reader of chain.yaml takes none of them.
func safe(c functions.Chain) error {
	if !regexp.MustCompile(`^[A-Za-z0-9-]+$`).MatchString(c.Name) {
		return fmt.Errorf("chain %q is not a name of letters, digits and dashes", c.Name)
	}
	for _, s := range c.Steps {
		if !regexp.MustCompile(`^[A-Za-z0-9._-]+$`).MatchString(s.Name) {
			return fmt.Errorf("chain %s: step %q is not a name of letters, digits, dashes, underscores and dots", c.Name, s.Name)
		}
	}
	return nil
}

// camel returns a logical id, which has letters and digits alone.
func camel(s string) string {
	var b strings.Builder
	for _, word := range split(s) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// split returns the runs of letters and digits of s.
func split(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	})
}
