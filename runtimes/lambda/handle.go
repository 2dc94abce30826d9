package lambda

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	clambda "github.com/homing-dev/homing/adapter/carrier/lambda"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/runtimes/internal/worker"
)

// handleEvent runs the steps that an event asks for, and brings their result to
// where it belongs: to the function of the next step, to the store, or as the
// response to the sender who waits for it.
func (s *Service) handleEvent(ctx context.Context, payload []byte) (response, error) {
	in, err := readEvent(payload)
	if err != nil {
		return response{}, err
	}
	if worker.IsDirect(in) {
		return s.handleDirect(ctx, in)
	}
	out := response{data: []byte(nothing)}
	requestID, running := carrier.RequestID(in), &sync.WaitGroup{}
	switch functions.Attribute(in, functions.AttrReplyTo) {
	case "":
		err = s.worker.Respond(ctx, in, running, &out)
	case clambda.ReplyToStore:
		if _, err := reply.ParseID(requestID); err != nil {
			return response{}, unreadable("attribute %s: %v", functions.AttrCorrelationID, err)
		}
		err = s.worker.Handle(ctx, in, running)
		_ = worker.Wait(ctx, running) // Lambda freezes the process when the invocation returns, or kills it
	default:
		return response{}, unreadable("attribute %s is not %q, the only place that this function can reply to",
			functions.AttrReplyTo, clambda.ReplyToStore)
	}
	if err != nil {
		return response{}, &ReplyError{RequestID: requestID, Cause: err}
	}
	return out, nil
}

// handleDirect runs the chain that takes an event which no adapter has sent. Its
// reply is put into the store, under the id of a new request, and is the response,
// too, for a sender who waits. A failure is a reply; that there is no chain, or no
// reply could be written, is the error.
func (s *Service) handleDirect(ctx context.Context, in event.Event) (response, error) {
	begun, err := s.worker.Begin(in, s.worker.Forwarder, func(c functions.Chain) time.Duration { return c.AsyncTimeout })
	if err != nil {
		return response{}, unreadable("%v", err)
	}
	out := response{data: []byte(nothing)}
	running := &sync.WaitGroup{}
	direct := *s.worker
	direct.Completer = storeAndRespond{s.worker.Completer, &out}
	err = direct.Handle(ctx, clambda.Addressed(begun, carrier.SlipOf(begun)), running)
	_ = worker.Wait(ctx, running) // Lambda freezes the process when the invocation returns, or kills it
	if err != nil {
		return response{}, &ReplyError{RequestID: begun.ID(), Cause: err}
	}
	return out, nil
}

// storeAndRespond completes requests in the store, and by the answer of the
// invocation if that can hold the reply.
type storeAndRespond struct {
	worker.Completer

	out *response
}

// Complete implements [worker.Completer].
func (b storeAndRespond) Complete(ctx context.Context, c worker.Completion) error {
	err := b.Completer.Complete(ctx, c)
	if err == nil && b.out.Complete(ctx, c) == nil {
		b.out.failed = false // it has its reply
	}
	return err //nolint:wrapcheck // that of the store
}

// response completes a request by the answer of the invocation.
type response struct {
	data   []byte
	failed bool // it is a problem
}

// Complete implements [worker.Completer].
func (r *response) Complete(_ context.Context, c worker.Completion) error {
	switch {
	case c.Accepted:
		return fmt.Errorf("%w: a step has accepted it, and its sender waits", carrier.ErrRefused)
	case c.Problem == nil && c.Result == nil:
		return nil // dropped
	}
	data, err := cloudevents.AppendExact(nil, c.Event())
	if err != nil {
		return err //nolint:wrapcheck // made a problem by the worker
	}
	if len(data) > clambda.MaxSync {
		return fmt.Errorf("%w: it has %d bytes, and the platform takes %d at most", reply.ErrTooLarge, len(data), clambda.MaxSync)
	}
	r.data, r.failed = data, c.Problem != nil
	return nil
}

// vertices forward events to the functions that run the next steps.
type vertices struct {
	clambda.Vertices

	client *clambda.Client
}

// CanForward implements [worker.Forwarder].
func (v vertices) CanForward(chain, step string) bool {
	_, ok := v.Find(chain, step)
	return ok
}

// Forward implements [worker.Forwarder].
func (v vertices) Forward(ctx context.Context, ev event.Event, remaining carrier.Slip) error {
	chain, step, _ := remaining.Next()
	function, _ := v.Find(chain, step)
	return v.client.Send(ctx, function, clambda.Addressed(ev, remaining)) //nolint:wrapcheck // a problem already
}
