// Package tracing records what becomes of a call as spans of OpenTelemetry, by its
// API alone: the SDK and the exporters are linked by who makes the provider.
//
// A nil [*Tracer] records nothing and costs a comparison. So does the zero [Span],
// which stands for one that nobody wants to see: where the call was not sampled,
// no spans are made of its parts. The names of attributes are those of the semantic
// conventions (package semconv), and "homing." before those of our own.
package tracing

import (
	"context"
	"net"
	"strconv"

	"github.com/cloudevents/sdk-go/v2/event"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

// Attributes of our own.
const (
	Chain     = attribute.Key("homing.chain")
	Step      = attribute.Key("homing.step")
	Attempt   = attribute.Key("homing.attempt")
	Outcome   = attribute.Key("homing.outcome")
	RequestID = attribute.Key("homing.request_id")
)

// scope is the name of the instrumentation.
const scope = "github.com/homing-dev/homing"

// Tracer starts spans. A nil one starts none.
type Tracer struct {
	tracer trace.Tracer
	kinds  [trace.SpanKindConsumer + 1][1]trace.SpanStartOption // made once
}

// New returns a tracer of p; nil, which records nothing, if p is nil or the no-op one.
func New(p trace.TracerProvider) *Tracer {
	if _, off := p.(noop.TracerProvider); off || p == nil {
		return nil
	}
	t := &Tracer{tracer: p.Tracer(scope, trace.WithSchemaURL(semconv.SchemaURL))}
	for kind := range t.kinds {
		t.kinds[kind][0] = trace.WithSpanKind(trace.SpanKind(kind))
	}
	return t
}

// Span is a span that may be none. A zero one does nothing.
type Span struct{ span trace.Span }

// wanted reports whether a span below that of ctx may be recorded. One of this
// process that is not recorded has none below it.
func wanted(ctx context.Context) bool {
	above := trace.SpanFromContext(ctx)
	sc := above.SpanContext()
	return above.IsRecording() || !sc.IsValid() || sc.IsRemote()
}

// Wanted reports whether a span that is started in ctx may be recorded.
func (t *Tracer) Wanted(ctx context.Context) bool { return t != nil && wanted(ctx) }

// Start starts a span below that of ctx, and returns a context for what it is about.
// Both are as before, and zero, if nobody wants it.
func (t *Tracer) Start(ctx context.Context, name string, kind trace.SpanKind, attrs ...attribute.KeyValue) (context.Context, Span) {
	if !t.Wanted(ctx) {
		return ctx, Span{}
	}
	return t.start(ctx, name, trace.WithSpanKind(kind), trace.WithAttributes(attrs...))
}

func (t *Tracer) start(ctx context.Context, name string, opts ...trace.SpanStartOption) (context.Context, Span) {
	ctx, span := t.tracer.Start(ctx, name, opts...)
	if !span.IsRecording() { // but ctx has it, as others are told that it is not sampled
		return ctx, Span{}
	}
	return ctx, Span{span}
}

// Current returns the span of ctx, as far as it is recorded.
func Current(ctx context.Context) Span { return SpanOf(trace.SpanFromContext(ctx)) }

// Recorded reports whether there is a span.
func (s Span) Recorded() bool { return s.span != nil }

// Set sets attributes.
func (s Span) Set(attrs ...attribute.KeyValue) {
	if s.span != nil {
		s.span.SetAttributes(attrs...)
	}
}

// Named sets the name.
func (s Span) Named(name string) {
	if s.span != nil {
		s.span.SetName(name)
	}
}

// maxText is how many bytes of a text of others a span has.
const maxText = 1 << 10

// Fail records an error, with the cause that callers do not see. kind is the value of
// error.type, such as a status.
func (s Span) Fail(err error, kind string) {
	if s.span == nil || err == nil {
		return
	}
	text := short(problem.ForLog(err).Error())
	s.span.AddEvent(semconv.ExceptionEventName, trace.WithAttributes(
		semconv.ExceptionType(kind), semconv.ExceptionMessage(text)))
	s.span.SetStatus(codes.Error, text)
	s.span.SetAttributes(semconv.ErrorTypeKey.String(kind))
}

func short(text string) string {
	if len(text) > maxText {
		return text[:maxText] + "…"
	}
	return text
}

// Failed is Fail for an error that has a status of HTTP, or none.
func (s Span) Failed(err error) {
	if s.span == nil || err == nil {
		return
	}
	s.Fail(err, kindOf(err))
}

// End ends the span. What is set later is lost.
func (s Span) End() {
	if s.span != nil {
		s.span.End()
	}
}

// EndWith ends the span with an error, or without.
func (s Span) EndWith(err error) {
	s.Failed(err)
	s.End()
}

// Enter starts the span of what has come into the process, a request or an event that
// was delivered: below what came with the delivery (see [Tracer.Remote]), with a link to
// creation, the trace context that the event carries, or else below that. Its attributes
// are set when it is recorded, so that a call that is not sampled costs little.
func (t *Tracer) Enter(ctx context.Context, name string, kind trace.SpanKind, creation trace.SpanContext) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	opts := t.kinds[kind][:]
	above := trace.SpanContextFromContext(ctx)
	switch {
	case !creation.IsValid():
	case !above.IsValid():
		ctx = trace.ContextWithRemoteSpanContext(ctx, creation)
	case above.SpanID() != creation.SpanID():
		opts = []trace.SpanStartOption{opts[0], trace.WithLinks(trace.Link{SpanContext: creation})}
	}
	ctx, span := t.start(ctx, name, opts...)
	if span.Recorded() {
		span.Set(attributes(ctx)...)
	}
	return ctx, span
}

// Remote returns ctx with the trace context that another process has sent, if that is
// valid.
func (t *Tracer) Remote(ctx context.Context, parent, state string) context.Context {
	if t == nil || parent == "" {
		return ctx
	}
	sc := parse(parent, state)
	if !sc.IsValid() {
		return ctx
	}
	return trace.ContextWithRemoteSpanContext(ctx, sc)
}

// attributesKey is of attributes for the entries in a context.
type attributesKey struct{}

// With returns a context whose entries get attributes beside their own: what the
// platform knows.
func (t *Tracer) With(ctx context.Context, attrs ...attribute.KeyValue) context.Context {
	if t == nil {
		return ctx
	}
	return context.WithValue(ctx, attributesKey{}, attrs)
}

func attributes(ctx context.Context) []attribute.KeyValue {
	attrs, _ := ctx.Value(attributesKey{}).([]attribute.KeyValue)
	return attrs
}

// Creation returns the trace context that an event carries: where its trace has
// started (CloudEvents extension distributed tracing).
func Creation(ev event.Event) trace.SpanContext {
	return parse(functions.Attribute(ev, functions.AttrTraceParent), functions.Attribute(ev, functions.AttrTraceState))
}

// Event returns the attributes of an event.
func Event(ev event.Event) []attribute.KeyValue {
	attrs := []attribute.KeyValue{
		semconv.CloudEventsEventID(short(ev.ID())), semconv.CloudEventsEventSource(short(ev.Source())),
		semconv.CloudEventsEventSpecVersion(ev.SpecVersion()), semconv.CloudEventsEventType(short(ev.Type())),
	}
	if subject := ev.Subject(); subject != "" {
		attrs = append(attrs, semconv.CloudEventsEventSubject(short(subject)))
	}
	return attrs
}

// Address returns the attributes of a host with or without a port.
func Address(hostport, scheme string) []attribute.KeyValue {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		host, port = hostport, map[string]string{"http": "80", "https": "443"}[scheme]
	}
	attrs := []attribute.KeyValue{semconv.ServerAddress(host)}
	if n, err := strconv.Atoi(port); err == nil {
		attrs = append(attrs, semconv.ServerPort(n))
	}
	return attrs
}

// SpanOf returns a span as far as it is recorded.
func SpanOf(span trace.Span) Span {
	if span.IsRecording() {
		return Span{span}
	}
	return Span{}
}
