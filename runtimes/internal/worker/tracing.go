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
	kind := trace.SpanKindServer
	if message {
		kind = trace.SpanKindConsumer
	}
	ctx, span := w.Tracer.Enter(ctx, "process "+chain+"."+step, kind, tracing.Creation(in))
	if !span.Recorded() {
		return ctx, span
	}
	span.Set(tracing.Event(in)...)
	span.Set(tracing.Chain.String(chain), tracing.Step.String(step), tracing.RequestID.String(carrier.RequestID(in)))
	if message {
		span.Set(semconv.MessagingSystemKey.String("cloudevents"), semconv.MessagingOperationTypeProcess,
			semconv.MessagingOperationName("process"), semconv.MessagingMessageID(in.ID()),
			semconv.MessagingMessageBodySize(len(in.DataEncoded)))
	}
	return ctx, span
}
