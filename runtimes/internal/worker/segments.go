package worker

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/vertex"
)

// Segments are the steps that a process has. The zero value has none. It is safe
// for concurrent use.
type Segments struct {
	byEntry map[string]Segment         // by the slip's entry, "chain.step"
	byType  map[string]functions.Chain // by the type of a request's event, whether its steps are here or not
}

// Segment is the part of a chain that one event asks for.
type Segment struct {
	Chain  functions.Chain
	Vertex *vertex.Vertex
	// First is the number of the first step in the chain, End the one behind
	// the last. Both are 0 if there is none.
	First, End int
	// Remaining is what other vertices are to run then.
	Remaining carrier.Slip
}

// FirstStep is the name of the first step, or "".
func (s Segment) FirstStep() string {
	if s.End == 0 {
		return ""
	}
	return s.Chain.Steps[s.First].Name
}

// NewSegments prepares the steps of chains that wanted names, of which each must
// name one. There is one vertex for all steps of a chain, so that each has one
// limit and one circuit breaker.
func NewSegments(
	chains []functions.Chain, wanted Patterns, metrics prometheus.Registerer, opts ...vertex.Option,
) (Segments, error) {
	opts = append(slices.Clip(opts), vertex.WithMetrics(metrics))
	out := Segments{byEntry: map[string]Segment{}, byType: map[string]functions.Chain{}}
	for _, c := range chains {
		out.byType[c.WithDefaults().Type] = c.WithDefaults()
		v, err := vertex.New(c, opts...)
		if err != nil {
			return Segments{}, fmt.Errorf("make the vertex of chain %s: %w", c.Name, err)
		}
		for first, s := range c.Steps {
			end := first
			for end < len(c.Steps) && wanted.Matches(c.Name, c.Steps[end].Name) {
				end++
			}
			if end > first {
				out.byEntry[c.Name+"."+s.Name] = Segment{Chain: c, Vertex: v, First: first, End: end}
			}
		}
	}
	if err := wanted.Check(chains); err != nil {
		return Segments{}, fmt.Errorf("HOMING_STEPS: %w", err)
	}
	return out, nil
}

// Of is the vertex of a chain that runs here from its first step on, or nil.
func (s Segments) Of(c functions.Chain) *vertex.Vertex {
	if len(c.Steps) == 0 {
		return nil
	}
	return s.byEntry[c.Name+"."+c.Steps[0].Name].Vertex
}

// Longest is the longest time that a chain with a step here may take.
func (s Segments) Longest() time.Duration {
	var longest time.Duration
	for _, one := range s.byEntry {
		longest = max(longest, one.Chain.Timeout, one.Chain.AsyncTimeout)
	}
	return longest
}

// Find returns the segment that a slip asks for: from its first entry on, as
// long as the steps follow each other in the chain and are all here. What
// remains must be what next can forward; a nil next forwards nothing.
//
// The error is a problem, 400 for a slip that is malformed and 404 for a step
// that is neither here nor where it can be forwarded to. The segment has a chain
// of the name alone then.
func (s Segments) Find(slip carrier.Slip, next Forwarder) (Segment, error) {
	chain, step, ok := slip.Next()
	unknown := Segment{Chain: functions.Chain{Name: chain}.WithDefaults()}
	if !ok {
		return unknown, functions.Errorf(http.StatusBadRequest,
			"attribute %s does not say which step is next, as chain.step and a comma", functions.AttrRoutingSlip)
	}
	found, ok := s.byEntry[chain+"."+step]
	if !ok {
		return unknown, functions.Errorf(http.StatusNotFound,
			"attribute %s: this vertex does not run step %s of chain %s", functions.AttrRoutingSlip, step, chain)
	}
	for n := found.First; n < found.End; n++ {
		if c, s, ok := slip.Next(); !ok || c != chain || s != found.Chain.Steps[n].Name {
			found.End = n
			break
		}
		slip = slip.Skip(1)
	}
	found.Remaining = slip
	if slip == "" {
		return found, nil
	}
	chain, step, ok = slip.Next()
	switch {
	case !ok:
		return unknown, functions.Errorf(http.StatusBadRequest, "attribute %s is malformed", functions.AttrRoutingSlip)
	case next == nil || !next.CanForward(chain, step):
		return unknown, functions.Errorf(http.StatusNotFound,
			"attribute %s: this vertex does not run step %s of chain %s, and cannot forward", functions.AttrRoutingSlip, step, chain)
	}
	return found, nil
}
