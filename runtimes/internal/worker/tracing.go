package worker

import (
	"context"

	"github.com/cloudevents/sdk-go/v2/event"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/internal/tracing"
)

// trace starts the span of an event that was delivered: below what came with the
// delivery, with a link to where its trace has started, or else below that. It is of
// a message if nobody waits for the answer, and else of a request.
func (w *Worker) trace(ctx context.Context, in event.Event, message bool) (context.Context, tracing.Span) {
	chain, step, _ := carrier.SlipOf(in).Next()
	e := tracing.Entry{
		Name: "process " + chain + "." + step, Kind: trace.SpanKindServer, Creation: tracing.Creation(in),
		Attrs: append(tracing.Event(in), tracing.Chain.String(chain), tracing.Step.String(step),
			tracing.RequestID.String(carrier.RequestID(in))),
	}
	if message {
		e.Kind = trace.SpanKindConsumer
		e.Attrs = append(e.Attrs, semconv.MessagingSystemKey.String("cloudevents"), semconv.MessagingOperationTypeProcess,
			semconv.MessagingOperationName("process"), semconv.MessagingMessageID(in.ID()),
			semconv.MessagingMessageBodySize(len(in.DataEncoded)))
	}
	return w.Tracer.Enter(ctx, e)
}
