package lambda

import (
	"fmt"
	"log/slog"
	"time"

	clambda "github.com/homing-dev/homing/adapter/carrier/lambda"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/internal/worker"
	run "github.com/homing-dev/homing/runtimes/vertex"
)

// vertex runs the steps of a function: the routing slip of an event says which
// step is next, and all steps that this function has from there on are run.
type vertex struct {
	legs     worker.Segments
	lambda   *clambda.Client
	vertices clambda.Vertices
	store    reply.Store
	keep     time.Duration
	log      *slog.Logger
}

func newVertex(p parts, chains []functions.Chain) (*vertex, error) {
	v := &vertex{
		lambda: p.lambda, vertices: p.Vertices, store: p.store, keep: p.Retention, log: p.log,
	}
	for _, c := range chains {
		if err := v.addChain(p, c); err != nil {
			return nil, err
		}
	}
	if err := p.Steps.Check(chains); err != nil {
		return nil, fmt.Errorf("%s: %w", varSteps, err)
	}
	return v, nil
}

// addChain prepares the steps of c that this function has.
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
	v.legs.Add(c, vx, p.Steps)
	return nil
}

// handsOn says whether an event may be handed on to a step.
func (v *vertex) handsOn(chain, step string) bool {
	_, ok := v.vertices.Find(chain, step)
	return ok
}

func nowhere(string, string) bool { return false }
