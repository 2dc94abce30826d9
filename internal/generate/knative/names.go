package knative

import (
	"fmt"
	"strings"
)

const (
	// maxLabel is the length of a DNS label (RFC 1035, section 2.3.4).
	maxLabel = 63
	// maxService leaves room for the "-00001" that Knative adds to name a
	// revision, which is a label, too.
	maxService = maxLabel - len("-00001")
	// maxApp leaves room in it for what is added to the name of the app.
	maxApp = 40
	// maxSubdomain is the length of the name of a Secret (RFC 1123).
	maxSubdomain = 253
)

// DefaultApp is what everything is named after if nothing else is said.
const DefaultApp = "homing"

// AdapterName is the Service that callers reach.
func (o Options) AdapterName() string { return o.App + "-adapter" }

// DeadLetterName is the Service that takes what could not be delivered.
func (o Options) DeadLetterName() string { return o.App + "-dead-letter" }

// names holds the names of Services, which must differ.
type names struct {
	app   string
	taken map[string]string // the name, and what has it
}

func newNames(o Options) names {
	return names{o.App, map[string]string{o.AdapterName(): "the adapter", o.DeadLetterName(): "the dead letters"}}
}

// service is the name of what runs a chain, or a step of it. What a DNS label
// cannot hold becomes a dash, and capitals become small.
func (n names) service(parts ...string) (string, error) {
	what := strings.Join(parts, ".")
	label := strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + ('a' - 'A')
		default:
			return '-'
		}
	}, strings.Join(parts, "-")), "-")
	name := n.app + "-" + label
	switch other, taken := n.taken[name]; {
	case label == "":
		return "", fmt.Errorf("a Service cannot be named after %q: it has neither letters nor digits", what)
	case len(name) > maxService:
		return "", fmt.Errorf("the Service of %s would be named %s, which is longer than %d characters", what, name, maxService)
	case taken:
		return "", fmt.Errorf("the Services of %s and %s would both be named %s", other, what, name)
	}
	n.taken[name] = what
	return name, nil
}
