package vertex

import (
	"context"

	"github.com/cloudevents/sdk-go/v2/event"
	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/internal/problem"
	"github.com/homing-dev/homing/internal/tracing"
)

// runTraced is run within a span of the step, which a function that ends its
// goroutine ends, too.
func (x *execution) runTraced(s *step) (d disposition, err error) {
	ctx, span := s.tracer.Start(x.ctx, "step "+s.name, trace.SpanKindInternal, tracing.Chain.String(s.chain), tracing.Step.String(s.name))
	err = problem.ErrExited // unless run returns
	defer func() {
		switch d {
		case dropped:
			span.Set(tracing.Outcome.String("dropped"))
		case accepted:
			span.Set(tracing.Outcome.String("accepted"))
		case passed:
		}
		span.EndWith(err)
	}()
	return s.run(ctx, x.event, x.onProgress)
}

// tracedAttempt is attempt within a span of its own.
func (s *step) tracedAttempt(ctx context.Context, n int, in event.Event) outcome {
	if !s.tracer.Wanted(ctx) {
		return s.attempt(ctx, in)
	}
	ctx, span := s.tracer.Start(ctx, "attempt "+s.name, trace.SpanKindInternal,
		tracing.Chain.String(s.chain), tracing.Step.String(s.name), tracing.Attempt.Int(n))
	err := problem.ErrExited // unless attempt returns
	defer func() { span.EndWith(err) }()
	o := s.attempt(ctx, in)
	err = nil
	if o.failure != nil {
		err = o.failure.err(ctx, s.name, n)
	}
	return o
}
