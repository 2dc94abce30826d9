package lambda

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/homing-dev/homing/adapter/carrier"
	clambda "github.com/homing-dev/homing/adapter/carrier/lambda"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	run "github.com/homing-dev/homing/runtimes/vertex"
)

// vertex runs the steps of a function: the routing slip of an event says which
// step is next, and all steps that this function has from there on are run.
type vertex struct {
	parts    map[string]part // by the slip's entry, "chain.step"
	lambda   *clambda.Client
	vertices clambda.Vertices
	store    reply.Store
	keep     time.Duration
	log      *slog.Logger
}

// part is a step that this function has, as the first of a run of steps.
type part struct {
	chain  functions.Chain
	vertex *run.Vertex
	first  int // number of the step in the chain
	end    int // number behind the last of the steps that this function has in a row
}

// leg is the part of a chain that one event asks for.
type leg struct {
	part

	rest carrier.Slip // what is to run elsewhere then
	next string       // the function that runs it
}

func newVertex(p parts, chains []functions.Chain) (*vertex, error) {
	v := &vertex{
		parts: map[string]part{}, lambda: p.lambda, vertices: p.Vertices, store: p.store, keep: p.Keep, log: p.log,
	}
	for _, c := range chains {
		if err := v.addChain(p, c); err != nil {
			return nil, err
		}
	}
	for _, want := range p.Steps {
		if !slices.ContainsFunc(chains, func(c functions.Chain) bool { return has(c, want) }) {
			return nil, fmt.Errorf("%s: no chain has a step %q", varSteps, want)
		}
	}
	return v, nil
}

// addChain prepares the steps of c that this function has. There is one vertex
// for all of them, so that each has one limit and one circuit breaker.
func (v *vertex) addChain(p parts, c functions.Chain) error {
	c = p.remoteSteps(c.WithDefaults())
	for i, s := range c.Steps {
		if s.Function != nil {
			c.Steps[i].Function = tracked(s.Function)
		}
	}
	vx, err := run.New(c, run.WithMetrics(p.metrics))
	if err != nil {
		return fmt.Errorf("make the vertex of chain %s: %w", c.Name, err)
	}
	for first, s := range c.Steps {
		end := first
		for end < len(c.Steps) && p.runs(c.Name, c.Steps[end].Name) {
			end++
		}
		if end > first {
			v.parts[c.Name+"."+s.Name] = part{chain: c, vertex: vx, first: first, end: end}
		}
	}
	return nil
}

// leg finds the steps that a slip asks this function for: from its first entry
// on, as long as they follow each other in the chain and are all here. What is
// left is for the function of the next step, if handsOn says that the event may
// be handed on: who waits for an answer would take the result of some steps for
// that of all.
func (v *vertex) leg(slip carrier.Slip, handsOn bool) (leg, error) {
	chain, step, ok := slip.Next()
	if !ok {
		return leg{}, functions.Errorf(http.StatusBadRequest,
			"attribute %s does not say which step is next, as chain.step and a comma", functions.AttrRoutingSlip)
	}
	p, ok := v.parts[chain+"."+step]
	if !ok {
		return leg{}, functions.Errorf(http.StatusNotFound,
			"attribute %s: this function does not run step %s of chain %s", functions.AttrRoutingSlip, step, chain)
	}
	for n := p.first; n < p.end; n++ {
		if c, s, ok := slip.Next(); !ok || c != chain || s != p.chain.Steps[n].Name {
			p.end = n
			break
		}
		slip = slip.Skip(1)
	}
	l := leg{part: p, rest: slip}
	if slip == "" {
		return l, nil
	}
	if chain, step, ok = slip.Next(); !ok {
		return leg{}, functions.Errorf(http.StatusBadRequest, "attribute %s is malformed", functions.AttrRoutingSlip)
	}
	if l.next, ok = v.vertices.Find(chain, step); !ok || !handsOn {
		return leg{}, functions.Errorf(http.StatusNotFound, "attribute %s: this function does not run step %s of chain %s, and cannot hand on",
			functions.AttrRoutingSlip, step, chain)
	}
	return l, nil
}

// firstStep is the name of the first step of the leg.
func (l leg) firstStep() string {
	if l.end == 0 { // there is none
		return ""
	}
	return l.chain.Steps[l.first].Name
}

// runs says whether a function runs a step.
func (c Config) runs(chain, step string) bool {
	return len(c.Steps) == 0 || slices.ContainsFunc(c.Steps, func(want string) bool { return means(want, chain, step) })
}

// has says whether an entry of HOMING_STEPS means any step of c.
func has(c functions.Chain, want string) bool {
	return slices.ContainsFunc(c.Steps, func(s functions.Step) bool { return means(want, c.Name, s.Name) })
}

// means says whether an entry of HOMING_STEPS means a step.
func means(want, chain, step string) bool {
	return want == "*" || want == chain+".*" || want == chain+"."+step
}
