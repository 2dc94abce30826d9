package poller

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/poller/schedule"
	"github.com/homing-dev/homing/internal/tracing"
)

// maxLinks is how many calls the span of a read is linked to at most.
const maxLinks = 32

// trace starts the span of a read, which is for every call that waits, or for one by
// its key.
func (p *Poller) trace(ctx context.Context, r schedule.Read) (context.Context, tracing.Span) {
	if p.o.Tracer == nil {
		return ctx, tracing.Span{}
	}
	operation := "scan"
	if r.ByKey {
		operation = "get"
	}
	var calls []trace.SpanContext
	p.mu.Lock()
	for id, w := range p.waits {
		if w.trace.IsSampled() && (!r.ByKey || id == r.ID) && len(calls) < maxLinks {
			calls = append(calls, w.trace)
		}
	}
	p.mu.Unlock()
	return p.o.Tracer.Look(ctx, p.store, operation, calls)
}

// replies is how many replies a read has found.
func replies(scan reply.ScanResult, get reply.GetResult) int {
	n := len(scan.Replies)
	if get.State == reply.Completed {
		n++
	}
	return n
}
