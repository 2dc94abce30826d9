package carrier

import (
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

// Slip is a routing slip: the steps still to run, as "chain.step," one after
// the other. Every entry ends with a comma, so that a Trigger can find the
// events of a step by the prefix of the slip. The pattern is the Routing Slip
// of Hohpe and Woolf, Enterprise Integration Patterns.
type Slip string

// NewSlip returns the slip of some steps of a chain.
func NewSlip(chain string, steps ...functions.Step) Slip {
	var b strings.Builder
	for _, s := range steps {
		b.WriteString(chain + "." + s.Name + ",")
	}
	return Slip(b.String())
}

// SlipOf returns the slip that ev carries, or "".
func SlipOf(ev event.Event) Slip {
	return Slip(functions.Attribute(ev, functions.AttrRoutingSlip))
}

// Next returns the chain and the step that are next. ok is false at the end of
// the slip, or if it is malformed.
func (s Slip) Next() (chain, step string, ok bool) {
	entry, _, found := strings.Cut(string(s), ",")
	if !found {
		return "", "", false
	}
	chain, step, ok = strings.Cut(entry, ".")
	return chain, step, ok && chain != "" && step != ""
}

// Skip returns the slip without its first n entries.
func (s Slip) Skip(n int) Slip {
	remaining := string(s)
	for range n {
		_, remaining, _ = strings.Cut(remaining, ",")
	}
	return Slip(remaining)
}

// IsPattern reports whether a text is a pattern of steps for [Matches].
func IsPattern(s string) bool {
	chain, step, ok := strings.Cut(s, ".")
	return s == "*" || ok && chain != "" && chain != "*" && step != "" && !strings.Contains(step, " ")
}

// Matches reports whether a pattern, "chain.step", "chain.*" or "*", means a
// step.
func Matches(pattern, chain, step string) bool {
	return pattern == "*" || pattern == chain+".*" || pattern == chain+"."+step
}
