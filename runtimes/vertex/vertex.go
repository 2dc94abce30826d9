package vertex

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/tracing"
)

// Vertex runs the steps of one chain. It is safe for concurrent use.
type Vertex struct {
	steps      []*step
	propagated *propagated
}

// Option changes a default of [New].
type Option func(*options)

type options struct {
	metrics prometheus.Registerer
	log     *slog.Logger
	tracer  *tracing.Tracer
}

// WithMetrics registers the vertex's metrics with reg; several vertices may
// share one. The default, and nil, is to keep none.
func WithMetrics(reg prometheus.Registerer) Option {
	return func(o *options) { o.metrics = reg }
}

// WithLogger has the vertex log what a function loses without an error: at warn,
// once for a step. The default, and nil, is slog.Default().
func WithLogger(log *slog.Logger) Option {
	return func(o *options) { o.log = log }
}

// WithTraces has the vertex record a span for each step, and for each attempt of a step
// with retries. The default, and nil, is none.
func WithTraces(p trace.TracerProvider) Option {
	return func(o *options) { o.tracer = tracing.New(p) }
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
	v := &Vertex{propagated: newPropagated(chain.Headers)}
	for _, s := range chain.Steps {
		if s.Function == nil {
			return nil, fmt.Errorf("chain %q: step %q runs at a URL, and nothing was given that sends events there", chain.Name, s.Name)
		}
		st := newStep(chain.Name, s, m)
		st.log, st.tracer = cmp.Or(o.log, slog.Default()), o.tracer
		v.steps = append(v.steps, st)
	}
	return v, nil
}

// Carry runs the steps on in, one after the other, and returns the result of the
// last one, or that a step dropped the event, or that a remote step has accepted
// it and the reply will come to the store. onProgress is called with what becomes
// of each step; it may be nil, and must not block. A function may change the
// attributes of in, so the caller must not use it any more.
//
// The error is a [*functions.Error] that names the step and the attempt. It is
// the cause of ctx, as it is, when ctx ended before the last step had a result of
// its own.
//
// Carry does not return if a function ends its goroutine by [runtime.Goexit],
// unless the step has a timeout: then that is a 500. onProgress gets "failed"
// with status 500 in both cases, so a caller who must answer whatever happens
// does so in a deferred call.
func (v *Vertex) Carry(ctx context.Context, in event.Event, onProgress func(reply.Progress)) (carrier.Result, error) {
	return v.CarryPart(ctx, in, 0, len(v.steps), onProgress)
}

// CarryPart is Carry for the steps from number first up to, and without, number
// end. All parts share the limits and circuit breakers of their steps.
func (v *Vertex) CarryPart(
	ctx context.Context, in event.Event, first, end int, onProgress func(reply.Progress),
) (carrier.Result, error) {
	x, err := v.propagated.start(&in)
	if err != nil {
		return carrier.Result{}, err
	}
	return x.run(ctx, v.steps[first:end], onProgress)
}
