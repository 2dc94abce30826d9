// Package worker does what the vertices of all runtimes have in common: it
// brings an event from its steps to where their result belongs.
//
//	event -> Segments.Find -> steps -> Forwarder.Forward, if the slip names more steps
//	                                -> Completer.Complete, else, and for every failure
//
// A runtime is a shell around it, which reads the event and reports the outcome
// as its platform wants it.
package worker

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/claimcheck"
	"github.com/homing-dev/homing/internal/httpbody"
	"github.com/homing-dev/homing/internal/observe"
	"github.com/homing-dev/homing/internal/tracing"
)

// Worker handles the events of a vertex. It is safe for concurrent use.
type Worker struct {
	// Segments are the steps of this process.
	Segments Segments
	// Forwarder sends events on to other vertices.
	Forwarder Forwarder
	// Completer completes the requests that [Worker.Handle] has handled.
	Completer Completer
	// RefusesUnknown means that an event for steps that are not here is handed
	// back to its sender, who may deliver it to another vertex. Else its request
	// is completed with the problem.
	RefusesUnknown bool
	// Margin is how long before the deadline of an event its steps end, so that a
	// reply that says so reaches an adapter which waits for it; at most a tenth of
	// the time that is left. 0 means none.
	Margin time.Duration
	// Bodies keep the data of events that are too large for what brings them here;
	// nil means that none are kept.
	Bodies *claimcheck.Check
	// Tracer records a span for each event; nil means none.
	Tracer *tracing.Tracer
	// Log gets a line for every step that failed, with the cause.
	Log *slog.Logger
}

// Forwarder sends events to the vertices that run the steps which are not here.
type Forwarder interface {
	// CanForward reports whether it knows a vertex that runs a step.
	CanForward(chain, step string) bool
	// Forward returns nil once ev is on its way to the vertex of the first
	// remaining step. It tries until ctx ends; any error ends the request.
	Forward(ctx context.Context, ev event.Event, remaining carrier.Slip) error
}

// Completer ends a request.
type Completer interface {
	// Complete delivers the reply. It tries until ctx ends, unless the error is
	// [Permanent].
	Complete(ctx context.Context, c Completion) error
}

// Handle runs the steps that in asks for, and forwards their result or
// completes the request. A function may change in, so the caller must not use it
// any more.
//
// The steps end at the deadline of the event at the latest. A function that
// ignores it may run on when Handle returns; the goroutines of functions are
// counted in running.
//
// The error means that nothing became of the event. A [*functions.Error] has the
// status for its sender; after any other one the event should be sent again.
func (w *Worker) Handle(ctx context.Context, in event.Event, running *sync.WaitGroup) error {
	return w.handle(ctx, in, running, w.Forwarder, w.Completer)
}

// Respond is Handle for a sender who waits for the reply, which goes to to.
// Nothing is forwarded then: the sender would take the result of some steps for
// that of all.
func (w *Worker) Respond(ctx context.Context, in event.Event, running *sync.WaitGroup, to Completer) error {
	return w.handle(ctx, in, running, nil, to)
}

func (w *Worker) handle(ctx context.Context, in event.Event, running *sync.WaitGroup, next Forwarder, to Completer) error {
	if w.Tracer == nil {
		return w.process(ctx, in, running, next, to)
	}
	ctx, span := w.trace(ctx, in, next != nil)
	err := w.process(ctx, in, running, next, to)
	span.EndWith(err)
	return err
}

func (w *Worker) process(ctx context.Context, in event.Event, running *sync.WaitGroup, next Forwarder, to Completer) error {
	r, err := w.request(in, next)
	if err != nil && next != nil && w.RefusesUnknown {
		return err
	}
	if s, ok := to.(InStore); ok && err == nil && r.segment.Remaining == "" {
		if completed, err := s.resume(ctx, r); completed {
			return err
		}
	}
	if err == nil && !time.Now().Before(r.Deadline) {
		err = functions.Errorf(http.StatusGatewayTimeout, "the deadline had passed before the step could begin")
	}
	if err != nil {
		return w.complete(ctx, r, outcome{err: err}, to)
	}
	limit := limitOf(ctx, r.Deadline.Add(-min(w.Margin, time.Until(r.Deadline)/marginPart)))
	fetching, cancel := limit.apply(ctx)
	var hold httpbody.Hold
	defer hold.Release()
	in, r.bodies, err = w.Bodies.Fetch(fetching, in, &hold)
	cancel()
	if errors.Is(err, httpbody.ErrBusy) && w.RefusesUnknown {
		return err //nolint:wrapcheck // a problem, for the sender to send the event again
	}
	out := outcome{err: err}
	if err == nil {
		out = limit.run(ctx, in, r.segment, running)
	}
	switch {
	case ctx.Err() != nil:
		return functions.Errorf(http.StatusServiceUnavailable, "the sender of the event has gone before its steps had ended")
	case out.Accepted && next != nil:
		return nil // a remote step will complete the request
	case out.Event == nil || r.segment.Remaining == "":
		return w.complete(ctx, r, out, to)
	}
	forwarding, cancel := limit.apply(context.WithoutCancel(ctx))
	defer cancel()
	if err := next.Forward(forwarding, *out.Event, r.segment.Remaining); err != nil {
		return w.complete(ctx, r, out.replacedBy(err), to)
	}
	return nil
}

// request reads whose event in is and finds the steps that it asks for.
func (w *Worker) request(in event.Event, next Forwarder) (Request, error) {
	segment, err := w.Segments.Find(carrier.SlipOf(in), next)
	r := Request{
		ID: carrier.RequestID(in), Chain: segment.Chain, segment: segment,
		ReplyTo: functions.Attribute(in, functions.AttrReplyTo), ReplyToken: functions.Attribute(in, functions.AttrReplyToken),
		Callback: functions.Attribute(in, functions.AttrCallback), trace: functions.Attribute(in, functions.AttrTraceParent),
	}
	var missing error
	if r.Deadline, missing = carrier.Deadline(in); missing != nil { // not from an adapter of ours
		r.Deadline = time.Now().Add(r.Chain.Timeout)
	}
	return r, err
}

// Before the end of ctx, which is that of the platform, a moment is left to
// report a reply that could not be delivered. After the deadline of its request
// a reply is tried to be delivered for a while.
const (
	lastMoment = 50 * time.Millisecond
	completing = 5 * time.Second
)

// complete ends the request r. A result that can never be written is replaced
// by a problem. A reply that is not wanted any more is dealt with, too: another
// one counts, or the request was cancelled.
func (w *Worker) complete(ctx context.Context, r Request, out outcome, to Completer) error {
	until := time.Now()
	if r.Deadline.After(until) {
		until = r.Deadline
	}
	until = until.Add(completing)
	if end, ok := ctx.Deadline(); ok && end.Add(-lastMoment).Before(until) {
		until = end.Add(-lastMoment)
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), until)
	defer cancel()
	err := to.Complete(ctx, w.completion(ctx, r, out))
	if out.err == nil && invalid(err) != nil {
		err = to.Complete(ctx, w.completion(ctx, r, out.replacedBy(err)))
	}
	if err == nil || unwanted(err) { // nobody asks for them again
		w.Bodies.Delete(ctx, r.bodies)
	}
	if unwanted(err) {
		w.Log.LogAttrs(ctx, slog.LevelInfo, "reply not wanted", observe.WithTrace([]slog.Attr{
			slog.String("requestid", r.ID), slog.String("chain", r.Chain.Name), slog.Any("error", err),
		}, r.trace)...)
		return nil
	}
	return err
}
