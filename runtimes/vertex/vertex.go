package vertex

import (
	"context"
	"fmt"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

// Vertex runs the steps of one chain. It is safe for concurrent use.
type Vertex struct {
	steps    []*step
	carriage *carriage
}

// Option changes a default of [New].
type Option func(*options)

type options struct {
	metrics prometheus.Registerer
}

// WithMetrics registers the vertex's metrics with reg; several vertices may
// share one. The default, and nil, is to keep none.
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
	v := &Vertex{carriage: newCarriage(chain.Headers)}
	for _, s := range chain.Steps {
		if s.Function == nil {
			return nil, fmt.Errorf("chain %q: step %q runs at a URL, and nothing was given that sends events there", chain.Name, s.Name)
		}
		v.steps = append(v.steps, newStep(chain.Name, s, m))
	}
	return v, nil
}

// Carry runs the steps on in, one after the other, and returns the result of the
// last one, or that a step dropped the event, or that a remote step has accepted
// it and the reply will come to the store. progress is called with what becomes
// of each step; it may be nil, and must not block. The caller gives in away: a
// function may change its attributes.
//
// The error is a [*functions.Error] that names the step and the attempt. It is the cause of ctx, as it is, when ctx ended before the last
// step had an answer of its own.
//
// Carry does not return if a function ends its goroutine by [runtime.Goexit],
// unless the step has a timeout: then that is a 500. progress hears "failed"
// with status 500 in both cases, so a caller who must answer whatever happens
// does so in a deferred call.
func (v *Vertex) Carry(ctx context.Context, in event.Event, progress func(reply.Progress)) (carrier.Result, error) {
	return v.carriage.take(&in).through(ctx, v.steps, progress)
}

// CarryPart is Carry for the steps from number first up to, and without, number
// end. All parts share the limits and circuit breakers of their steps.
func (v *Vertex) CarryPart(
	ctx context.Context, in event.Event, first, end int, progress func(reply.Progress),
) (carrier.Result, error) {
	return v.carriage.take(&in).through(ctx, v.steps[first:end], progress)
}

// through makes the event what the steps make of it. What is between a function
// that waits and the goroutine of its connection is kept short here.
func (k *kept) through(ctx context.Context, steps []*step, progress func(reply.Progress)) (carrier.Result, error) {
	k.ctx, k.progress = ctx, progress
	out := carrier.Result{Event: k.event}
	var err error
	for _, s := range steps {
		var w way
		if w, err = k.step(s); err != nil || w != onward {
			out = carrier.Result{Accepted: w == away}
			break
		}
	}
	k.giveBack()
	return out, err
}

// step makes the event what one step makes of it, and returns which way it goes.
func (k *kept) step(s *step) (w way, err error) {
	if k.ctx.Err() != nil {
		return onward, context.Cause(k.ctx)
	}
	given := k.event.Context
	if s.plain && k.progress == nil {
		w, err = s.runPlain(k.ctx, k.event)
	} else {
		w, err = s.runWatched(k.ctx, k.event, watch{step: s.name, tell: k.progress})
	}
	if err == nil && w == onward && k.event.Context != given { // else the function handed its input on
		k.fill(s)
	}
	return w, err
}

// watch tells the progress of one step.
type watch struct {
	step string
	tell func(reply.Progress)
}

func (w watch) say(state string, attempt, status int) {
	if w.tell != nil {
		w.tell(reply.Progress{Step: w.step, State: state, Attempt: attempt, Status: status, Time: time.Now()})
	}
}
