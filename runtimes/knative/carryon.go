package knative

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/remote"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/backoff"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/problem"
	"github.com/homing-dev/homing/runtimes/internal/worker"
)

const (
	// handOn is for how long handing a result on is tried at least, also when
	// the deadline of the request has passed.
	handOn = 5 * time.Second
	// misdirections is how often a reply that reached another replica of the
	// adapter is sent again, and misdirectedPause what is waited before.
	misdirections    = 5
	misdirectedPause = 50 * time.Millisecond
)

// carryOn brings the result of the steps to where it belongs: to the broker if
// the slip names further steps, else to the adapter as the reply.
func (v *Vertex) carryOn(ctx context.Context, in event.Event, leg worker.Segment, out *event.Event, err error) error {
	until := time.Now().Add(handOn)
	if deadline, derr := carrier.Deadline(in); derr == nil && deadline.After(until) {
		until = deadline
	}
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	failed := v.handOn(ctx, in, leg, out, err)
	if err == nil && out != nil && isRefusal(failed) { // a problem can be sent; the result never will be
		return v.handOn(ctx, in, leg, nil, &functions.Error{Cause: failed, Problem: functions.Problem{
			Status: http.StatusInternalServerError, Title: "Invalid result",
			Detail: "the step answered an event that cannot be sent; the log tells more under this requestid",
		}})
	}
	return failed
}

func (v *Vertex) handOn(ctx context.Context, in event.Event, leg worker.Segment, out *event.Event, err error) error {
	if err == nil && out != nil && leg.Remaining != "" {
		return v.broker.Publish(ctx, carrier.Routed(*out, leg.Remaining)) //nolint:wrapcheck // a problem already
	}
	return v.complete(ctx, in, v.replyEvent(in, leg, out, err))
}

// isRefusal says whether the fault is with the event that was handed on.
func isRefusal(err error) bool {
	var invalid *cloudevents.Error
	return errors.As(err, &invalid) || errors.Is(err, carrier.ErrRefused) || errors.Is(err, remote.ErrRefused)
}

// replyEvent is the event that ends the request.
func (v *Vertex) replyEvent(in event.Event, leg worker.Segment, out *event.Event, err error) event.Event {
	if err == nil && out != nil {
		return *out
	}
	id := carrier.RequestID(in)
	source := types.URIRef{URL: url.URL{Path: "/chains/" + leg.Chain.Name}}
	if err != nil {
		return problem.Event(v.explain(in, leg, err), id, source, leg.Chain.Type+".reply")
	}
	return problem.Empty(http.StatusNoContent, id, source, leg.Chain.Type+".reply")
}

// complete sends the reply to the adapter. A reply that is not wanted any more
// is dealt with, too: another one counts, or the request was cancelled.
func (v *Vertex) complete(ctx context.Context, in, ev event.Event) error {
	to := functions.Attribute(in, functions.AttrReplyTo)
	token := functions.Attribute(in, functions.AttrReplyToken)
	if to == "" || token == "" {
		return functions.Errorf(http.StatusBadRequest,
			"attributes %s and %s do not say where the reply goes", functions.AttrReplyTo, functions.AttrReplyToken)
	}
	ev = carrier.WithToken(ev, token)
	var err error
	for range misdirections {
		err = v.replier.Complete(ctx, to, ev)
		if !errors.Is(err, remote.ErrMisdirected) || !backoff.Sleep(ctx, misdirectedPause) {
			break
		}
	}
	requestID := carrier.RequestID(in)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, reply.ErrCompleted), errors.Is(err, reply.ErrExpired),
		errors.Is(err, reply.ErrCancelled), errors.Is(err, reply.ErrSuperseded):
		v.log.Info("reply not wanted", "requestid", requestID, "because", err)
		return nil
	case errors.Is(err, remote.ErrMisdirected):
		return functions.Errorf(http.StatusMisdirectedRequest, "reply of %s: %w", requestID, err)
	case errors.Is(err, remote.ErrForbidden), errors.Is(err, remote.ErrNotAllowed):
		return functions.Errorf(http.StatusForbidden, "reply of %s: %w", requestID, err)
	default:
		return err //nolint:wrapcheck // logged and answered by refuse
	}
}
