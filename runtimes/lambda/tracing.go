package lambda

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/internal/backoff"
	"github.com/homing-dev/homing/internal/tracing"
)

// traces records what becomes of invocations. A nil one records nothing.
type traces struct {
	tracer *tracing.Tracer
	flush  func(context.Context) error // nil if nothing has to be sent
	warm   atomic.Bool                 // there was an invocation

	mu    sync.Mutex
	late  int       // how often in a row the spans were not sent in time
	quiet time.Time // until when no invocation waits for them
}

func newTraces(p trace.TracerProvider) *traces {
	tracer := tracing.New(p)
	if tracer == nil {
		return nil
	}
	t := &traces{tracer: tracer}
	if f, ok := p.(interface {
		ForceFlush(ctx context.Context) error
	}); ok {
		t.flush = f.ForceFlush
	}
	return t
}

// invocation returns the context of an invocation, with what Lambda knows of it and
// with the trace of a sender who waits for its answer. done is to be called before it
// ends.
func (t *traces) invocation(ctx context.Context, kind kind) (_ context.Context, done func()) {
	if t == nil {
		return ctx, func() {}
	}
	trigger := semconv.FaaSTriggerOther
	switch kind {
	case kindHTTP:
		trigger = semconv.FaaSTriggerHTTP
	case kindMessages, kindRecord:
		trigger = semconv.FaaSTriggerPubSub
	case kindEvent:
	}
	invocation := ctx
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		ctx = t.tracer.With(ctx, trigger, semconv.FaaSColdstart(!t.warm.Swap(true)), semconv.FaaSInvocationID(lc.AwsRequestID))
		sent := lc.ClientContext.Custom
		ctx = t.tracer.Remote(ctx, sent["traceparent"], sent["tracestate"])
	}
	return ctx, func() { t.send(invocation) }
}

// Lambda freezes the process when an invocation ends, so its spans are sent before.
// An invocation is held up for longestSend by that, and not at all for a while after
// that was not enough: then its spans go with a later one, or are dropped and counted.
const (
	longestSend  = 300 * time.Millisecond
	sendPart     = 4 // of the time that the invocation has left, at most
	firstQuiet   = time.Second
	longestQuiet = time.Minute
)

// send sends the spans that were recorded.
func (t *traces) send(ctx context.Context) {
	if t.flush == nil || !t.due() {
		return
	}
	longest := longestSend
	if end, ok := ctx.Deadline(); ok {
		longest = min(longest, time.Until(end)/sendPart)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), longest)
	defer cancel()
	err := t.flush(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil && ctx.Err() == nil {
		t.late = 0
		return
	}
	t.quiet = time.Now().Add(backoff.Exponential(t.late, firstQuiet, longestQuiet))
	t.late++
}

func (t *traces) due() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !time.Now().Before(t.quiet)
}
