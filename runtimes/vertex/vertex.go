package vertex

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

// Vertex runs the steps of one chain. It is safe for concurrent use.
type Vertex struct {
	chain string
	steps []*step
	carry carriage
	now   func() time.Time
}

// Option changes a default of [New].
type Option func(*options)

type options struct {
	metrics prometheus.Registerer
}

// WithMetrics registers the vertex's metrics with reg. The default is to keep
// none.
func WithMetrics(reg prometheus.Registerer) Option {
	return func(o *options) { o.metrics = reg }
}

// New prepares a vertex that runs every step of chain.
func New(chain functions.Chain, opts ...Option) (*Vertex, error) {
	if err := chain.Validate(); err != nil {
		return nil, err
	}
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	m, err := newMetrics(o.metrics)
	if err != nil {
		return nil, fmt.Errorf("register the metrics of chain %q: %w", chain.Name, err)
	}
	v := &Vertex{chain: chain.Name, carry: newCarriage(chain.Headers), now: time.Now}
	for _, s := range chain.Steps {
		v.steps = append(v.steps, newStep(chain.Name, s, m))
	}
	return v, nil
}

// Carry runs the steps on in, one after the other, and answers the result of
// the last one, or nil if a step dropped the event. progress hears what becomes
// of each step; it may be nil, and must not block.
//
// The error, if any, is a [*functions.Error] that names the step and the
// attempt. It is the cause of ctx when ctx ended while a step ran.
func (v *Vertex) Carry(ctx context.Context, in event.Event, progress func(reply.Progress)) (*event.Event, error) {
	kept := v.carry.take(in)
	for _, s := range v.steps {
		out, err := s.run(ctx, in, watch{step: s.name, tell: progress, now: v.now})
		if err != nil {
			return nil, err
		}
		if out == nil {
			return nil, nil //nolint:nilnil // a dropped event is no error
		}
		kept.fill(out, in, s, v.now)
		in = *out
	}
	return &in, nil
}

// watch tells the progress of one step.
type watch struct {
	step string
	tell func(reply.Progress)
	now  func() time.Time
}

func (w watch) say(state string, attempt, status int) {
	if w.tell != nil {
		w.tell(reply.Progress{Step: w.step, State: state, Attempt: attempt, Status: status, Time: w.now()})
	}
}

// errNoResult stands for the result of an attempt that has none yet.
var errNoResult = errors.New("no result")
