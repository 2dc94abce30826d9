// Package worker finds the steps that an event asks a vertex for: the routing
// slip says which step is next, and all steps that the process has from there on
// are run in one go, a leg of the way.
package worker

import (
	"net/http"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/vertex"
)

// Segments are the steps that a process has. The zero value has none. It is safe
// for concurrent use once it is filled.
type Segments struct {
	byEntry map[string]Segment // by the slip's entry, "chain.step"
}

// Segment is the part of a chain that one event asks for.
type Segment struct {
	Chain  functions.Chain
	Vertex *vertex.Vertex
	// First is the number of the first step in the chain, End the one behind
	// the last. Both are 0 if there is none.
	First, End int
	// Remaining is what is to run elsewhere then.
	Remaining carrier.Slip
}

// FirstStep is the name of the first step, or "".
func (l Segment) FirstStep() string {
	if l.End == 0 {
		return ""
	}
	return l.Chain.Steps[l.First].Name
}

// Add adds the steps of a chain that wanted names. There is one vertex for all
// of them, so that each has one limit and one circuit breaker. It says whether
// there are any.
func (l *Segments) Add(c functions.Chain, v *vertex.Vertex, wanted Patterns) (some bool) {
	if l.byEntry == nil {
		l.byEntry = map[string]Segment{}
	}
	for first, s := range c.Steps {
		end := first
		for end < len(c.Steps) && wanted.Matches(c.Name, c.Steps[end].Name) {
			end++
		}
		if end > first {
			l.byEntry[c.Name+"."+s.Name] = Segment{Chain: c, Vertex: v, First: first, End: end}
			some = true
		}
	}
	return some
}

// Of gives the vertex of a chain that runs here from its first step on, or nil.
func (l *Segments) Of(c functions.Chain) *vertex.Vertex {
	if len(c.Steps) == 0 {
		return nil
	}
	return l.byEntry[c.Name+"."+c.Steps[0].Name].Vertex
}

// Find gives the leg that a slip asks for: from its first entry on, as long as
// the steps follow each other in the chain and are all here. What is left is
// the Rest, if handsOn says that an event may be handed on to a step: one who
// waits for the answer would take the result of some steps for that of all.
//
// The error is a problem, 400 for a slip that is malformed and 404 for a step
// that is neither here nor where it can be handed to.
func (l *Segments) Find(slip carrier.Slip, handsOn func(chain, step string) bool) (Segment, error) {
	chain, step, ok := slip.Next()
	if !ok {
		return Segment{}, functions.Errorf(http.StatusBadRequest,
			"attribute %s does not say which step is next, as chain.step and a comma", functions.AttrRoutingSlip)
	}
	found, ok := l.byEntry[chain+"."+step]
	if !ok {
		return Segment{}, functions.Errorf(http.StatusNotFound,
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
		return Segment{}, functions.Errorf(http.StatusBadRequest, "attribute %s is malformed", functions.AttrRoutingSlip)
	case !handsOn(chain, step):
		return Segment{}, functions.Errorf(http.StatusNotFound,
			"attribute %s: this vertex does not run step %s of chain %s, and cannot hand on", functions.AttrRoutingSlip, step, chain)
	}
	return found, nil
}
