package tracing

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/adapter/reply"
)

// Store returns s with a span for each of its calls that leaves the process. It has
// none of the optional interfaces of s.
func (t *Tracer) Store(s reply.Store) reply.Store {
	name := system(s)
	if t == nil || name == "memory" {
		return s
	}
	return store{s, t, name}
}

// system returns which database a store or a scanner uses: the name of the package
// of its driver.
func system(s any) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(fmt.Sprintf("%T", s), "*"), ".")
	if name == "dynamodb" {
		return "aws.dynamodb"
	}
	return name
}

type store struct {
	reply.Store

	tracer *Tracer
	system string
}

// storeSpan starts the span of a call of a store.
func (t *Tracer) storeSpan(ctx context.Context, system, operation string, attrs ...attribute.KeyValue) (context.Context, Span) {
	ctx, span := t.Start(ctx, operation+" "+system, trace.SpanKindClient, attrs...)
	span.Set(semconv.DBSystemNameKey.String(system), semconv.DBOperationName(operation))
	return ctx, span
}

func (s store) call(ctx context.Context, operation string, id reply.ID, do func(context.Context) error) error {
	if !s.tracer.Wanted(ctx) {
		return do(ctx)
	}
	ctx, span := s.tracer.storeSpan(ctx, s.system, operation, RequestID.String(id.String()))
	err := do(ctx)
	span.endStore(err)
	return err
}

// Look starts the span of a read of a store that is polled for calls: below the first of
// them, with links to the others. There is none if none of them is sampled.
func (t *Tracer) Look(ctx context.Context, store any, operation string, calls []trace.SpanContext) (context.Context, Span) {
	if t == nil || len(calls) == 0 {
		return ctx, Span{}
	}
	links := make([]trace.Link, 0, len(calls)-1)
	for _, other := range calls[1:] {
		links = append(links, trace.Link{SpanContext: other})
	}
	name := system(store)
	ctx = trace.ContextWithRemoteSpanContext(ctx, calls[0])
	return t.start(ctx, operation+" "+name, trace.WithSpanKind(trace.SpanKindClient), trace.WithLinks(links...),
		trace.WithAttributes(semconv.DBSystemNameKey.String(name), semconv.DBOperationName(operation)))
}

// EndLook ends the span of a read, which has found a number of replies.
func (s Span) EndLook(found int, err error) {
	s.Set(semconv.DBResponseReturnedRows(found))
	s.endStore(err)
}

// endStore ends the span of a call of a store: what a store answers is no failure.
func (s Span) endStore(err error) {
	for _, answer := range []error{
		reply.ErrUnknown, reply.ErrExpired, reply.ErrCompleted, reply.ErrCancelled, reply.ErrSuperseded, reply.ErrKeyReused,
	} {
		if errors.Is(err, answer) {
			s.Set(Outcome.String(answer.Error()))
			s.End()
			return
		}
	}
	s.EndWith(err)
}

// Register implements [reply.Store].
func (s store) Register(ctx context.Context, r reply.Request) error {
	return s.call(ctx, "register", r.ID, func(ctx context.Context) error { return s.Store.Register(ctx, r) })
}

// Complete implements [reply.Store].
func (s store) Complete(ctx context.Context, r reply.Reply) error {
	return s.call(ctx, "complete", r.ID, func(ctx context.Context) error { return s.Store.Complete(ctx, r) })
}

// Lookup implements [reply.Store].
func (s store) Lookup(ctx context.Context, id reply.ID) (rec reply.Record, err error) {
	err = s.call(ctx, "lookup", id, func(ctx context.Context) (err error) {
		rec, err = s.Store.Lookup(ctx, id)
		return err
	})
	return rec, err
}

// Cancel implements [reply.Store].
func (s store) Cancel(ctx context.Context, id reply.ID) error {
	return s.call(ctx, "cancel", id, func(ctx context.Context) error { return s.Store.Cancel(ctx, id) })
}

// Claim implements [reply.Store].
func (s store) Claim(ctx context.Context, c reply.Claim) (owner reply.ID, err error) {
	err = s.call(ctx, "claim", c.Owner, func(ctx context.Context) (err error) {
		owner, err = s.Store.Claim(ctx, c)
		return err
	})
	return owner, err
}

// Release implements [reply.Store].
func (s store) Release(ctx context.Context, key string, owner reply.ID) error {
	return s.call(ctx, "release", owner, func(ctx context.Context) error { return s.Store.Release(ctx, key, owner) })
}
