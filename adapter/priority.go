package adapter

import (
	"net/http"
	"strings"

	"github.com/homing-dev/homing/functions"
)

// class is how important a call is. Under overload the lowest one is refused first.
type class int8

const (
	classLow class = iota
	classNormal
	classHigh

	classes
)

// classNamed returns the class of a name of [functions.Chain] or [Quota].
func classNamed(name string) class {
	switch name {
	case functions.PriorityHigh:
		return classHigh
	case functions.PriorityLow:
		return classLow
	default:
		return classNormal
	}
}

// classOf returns the class of a call: that of its chain or of its tenant, the lower one
// if both have one, or what its caller asks for if that is lower still.
func (a *Adapter) classOf(h http.Header, c *call) class {
	name, of := c.route.chain.Priority, ""
	if q := a.quotas.find(c.tenant); q != nil {
		of = q.Priority
	}
	best := classNamed(name)
	switch {
	case name == "":
		best = classNamed(of)
	case of != "":
		best = min(best, classNamed(of))
	}
	if lines := h["Priority"]; len(lines) > 0 {
		best = min(best, readPriority(lines))
	}
	return best
}

// Urgencies of RFC 9218 section 4.1, from 0 to 7: 3 is the default, and browsers ask
// for what a page waits for with less.
const (
	leastUrgent  = 7
	lowFrom      = 5
	normalFrom   = 3
	urgencyField = "u"
)

// readPriority returns the class that a header Priority asks for. What is not
// understood is passed over, as the RFC asks for; of several urgencies the last counts.
func readPriority(lines []string) class {
	best := classHigh
	for _, line := range lines {
		for member := range strings.SplitSeq(line, ",") {
			member, _, _ = strings.Cut(member, ";")
			name, value, _ := strings.Cut(strings.TrimSpace(member), "=")
			if name != urgencyField || len(value) != 1 || value[0] < '0' || value[0] > '0'+leastUrgent {
				continue
			}
			switch urgency := value[0] - '0'; {
			case urgency >= lowFrom:
				best = classLow
			case urgency >= normalFrom:
				best = classNormal
			default:
				best = classHigh
			}
		}
	}
	return best
}
