package carrier

import (
	"context"
	"errors"
	"net/http"

	"github.com/cloudevents/sdk-go/v2/event"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/internal/tracing"
)

// trace starts the span of one request to r.
func (c *Client) trace(ctx context.Context, r *Remote) (context.Context, tracing.Span) {
	if !c.tracer.Wanted(ctx) {
		return ctx, tracing.Span{}
	}
	target, err := c.target(r)
	if err != nil { // the request will fail by it
		return ctx, tracing.Span{}
	}
	return c.tracer.Hop(ctx, http.MethodPost, r.shown(), target)
}

// endHop ends the span of a request. That a step has taken the event is no failure.
func endHop(span tracing.Span, status int, err error) {
	if status != 0 {
		span.Set(semconv.HTTPResponseStatusCode(status))
	}
	if errors.Is(err, ErrAccepted) {
		err = nil
	}
	span.EndWith(err)
}

// tracePublish starts the span of an event on its way to a broker.
func (b Broker) tracePublish(ctx context.Context, ev event.Event) (context.Context, tracing.Span) {
	tracer := b.Client.tracer
	if !tracer.Wanted(ctx) {
		return ctx, tracing.Span{}
	}
	target, err := b.Client.target(&Remote{URL: b.URL})
	if err != nil { // the request will fail by it
		return ctx, tracing.Span{}
	}
	attrs := append(tracing.Event(ev), semconv.MessagingSystemKey.String("cloudevents"), semconv.MessagingOperationTypeSend,
		semconv.MessagingOperationName("publish"), semconv.MessagingDestinationName(target.Path), semconv.MessagingMessageID(ev.ID()),
		semconv.MessagingMessageBodySize(len(ev.DataEncoded)))
	return tracer.Start(ctx, "publish "+target.Path, trace.SpanKindProducer, append(attrs, tracing.Address(target.Host, target.Scheme)...)...)
}
