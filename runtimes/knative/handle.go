package knative

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/remote"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/backoff"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/httpbody"
	"github.com/homing-dev/homing/internal/observe"
	"github.com/homing-dev/homing/internal/problem"
	"github.com/homing-dev/homing/internal/tracing"
	"github.com/homing-dev/homing/runtimes/internal/worker"
)

// maxEvent is the size limit of an event, in bytes.
const maxEvent = 32 << 20

// handleEvent answers POST /. With the carrier http the answer is the result;
// with the carrier broker it means that the result has been forwarded, or the
// request completed.
func (v *vertexService) handleEvent(w http.ResponseWriter, r *http.Request) {
	if !v.work.enter() {
		w.Header().Set("Connection", "close")
		problem.Write(w, drainingProblem())
		return
	}
	defer v.work.leave()
	if v.worker.Tracer != nil {
		parent, state := tracing.Of(r.Header)
		r = r.WithContext(v.worker.Tracer.Remote(r.Context(), parent, state))
	}
	var hold httpbody.Hold
	defer hold.Release()
	in, err := readEvent(w, r, v.bodies, &hold, v.keys)
	about := about(in)
	switch {
	case err != nil:
	case worker.IsDirect(in):
		err = v.respondDirect(w, r, in)
	case v.worker.Completer == nil:
		err = v.worker.Respond(r.Context(), in, &v.work.running, responder{w: w})
	default:
		if err = v.worker.Handle(r.Context(), in, &v.work.running); err == nil {
			w.WriteHeader(http.StatusNoContent)
		}
	}
	if err != nil {
		v.refuse(w, about, err)
	}
}

// readEvent reads the event of a request. If there are keys, one of them must have
// signed its token: who else can reach the process must not have steps run, nor end
// requests. How long the token is valid does not matter, since the event has its own
// deadline, and a new one if it is sent again from the dead letters.
func readEvent(w http.ResponseWriter, r *http.Request, bodies *httpbody.Budget, hold *httpbody.Hold, keys reply.Keys) (event.Event, error) {
	data, err := bodies.Read(w, r, maxEvent, hold)
	if err != nil {
		return event.Event{}, err //nolint:wrapcheck // a problem already
	}
	in, err := cloudevents.Read(r.Header, data)
	if err != nil {
		return event.Event{}, problem.Unreadable(err)
	}
	if !keys.Any() {
		return in, nil
	}
	id, err := reply.ParseID(carrier.RequestID(in))
	if err != nil || !keys.Signed(functions.Attribute(in, functions.AttrReplyToken), id) {
		w.Header().Set("WWW-Authenticate", `ReplyToken realm="homing"`)
		return event.Event{}, functions.Errorf(http.StatusUnauthorized,
			"the event has no %s that a key of HOMING_REPLY_KEYS has signed; send it to POST /events of the adapter", functions.AttrReplyToken)
	}
	return in, nil
}

// eventNames are what the log names an event by: a function that is not waited for any
// more may still have the event.
type eventNames struct {
	requestID, traceparent string
	slip                   carrier.Slip
}

func about(in event.Event) eventNames {
	if in.Context == nil {
		return eventNames{}
	}
	return eventNames{carrier.RequestID(in), functions.Attribute(in, functions.AttrTraceParent), carrier.SlipOf(in)}
}

// refuse writes the answer for an event of which nothing has become. A broker
// delivers the event again after 404, 408, 409, 429 and 5xx.
func (v *vertexService) refuse(w http.ResponseWriter, about eventNames, err error) {
	var own *functions.Error
	if !errors.As(err, &own) {
		own = functions.Errorf(http.StatusServiceUnavailable, "the result could not be delivered; send the event again")
		own.Cause = err
	}
	v.refused.WithLabelValues(strconv.Itoa(own.StatusCode())).Inc()
	attrs := []any{"status", own.StatusCode(), "detail", own.Detail, "error", problem.ForLog(err)}
	if about != (eventNames{}) {
		chain, step, _ := about.slip.Next()
		attrs = observe.WithTrace(append(attrs, "requestid", about.requestID, "chain", chain, "step", step), about.traceparent)
	}
	v.log.Warn("event refused", attrs...)
	problem.Write(w, own)
}

// respondDirect answers an event that no adapter has sent with the result of its
// chain, all of whose steps must run here: there is nowhere else where the result
// could go. Behind a broker the answer is an event of its own, whose type must not
// bring it back here.
func (v *vertexService) respondDirect(w http.ResponseWriter, r *http.Request, in event.Event) error {
	begun, err := v.worker.Begin(in, nil, func(c functions.Chain) time.Duration { return c.Timeout })
	if err != nil {
		return err //nolint:wrapcheck // a problem already
	}
	to := responder{w: w}
	if v.worker.Completer != nil {
		to.never = in.Type()
	}
	return v.worker.Respond(r.Context(), begun, &v.work.running, to) //nolint:wrapcheck // for refuse
}

// responder completes a request by the answer over HTTP.
type responder struct {
	w     http.ResponseWriter
	never string // a type that the answer must not have, or ""
}

// Complete implements [worker.Completer].
func (r responder) Complete(_ context.Context, c worker.Completion) error {
	switch {
	case c.Problem != nil:
		problem.WriteToSender(r.w, c.Problem)
	case c.Accepted:
		r.w.WriteHeader(http.StatusAccepted)
	case c.Result == nil:
		r.w.WriteHeader(http.StatusNoContent)
	default:
		ev := c.Event()
		if ec, ok := ev.Context.(*event.EventContextV1); ok && ec.Type == r.never {
			ec.Type = r.never + ".reply" // of a copy
		}
		data, err := cloudevents.Write(r.w.Header(), ev, cloudevents.Binary)
		if err != nil {
			return err //nolint:wrapcheck // the worker writes a problem instead
		}
		r.w.WriteHeader(http.StatusOK)
		_, _ = r.w.Write(data) // a client that is gone needs no answer
	}
	return nil
}

// broker forwards events to a broker, whose Triggers know every step.
type broker struct{ carrier.Broker }

// CanForward implements [worker.Forwarder].
func (broker) CanForward(string, string) bool { return true }

// Forward implements [worker.Forwarder].
func (b broker) Forward(ctx context.Context, ev event.Event, remaining carrier.Slip) error {
	return b.Publish(ctx, carrier.Routed(ev, remaining)) //nolint:wrapcheck // a problem already
}

// home completes requests by sending the reply to the adapter that waits for it.
type home struct{ *remote.Replier }

// misdirections is how often a reply that reached another replica of the adapter
// is sent again, and misdirectedPause what is waited before.
const (
	misdirections    = 5
	misdirectedPause = 50 * time.Millisecond
)

// Complete implements [worker.Completer].
func (h home) Complete(ctx context.Context, c worker.Completion) error {
	if c.ReplyTo == "" || c.ReplyToken == "" {
		return functions.Errorf(http.StatusBadRequest,
			"attributes %s and %s do not say where the reply goes", functions.AttrReplyTo, functions.AttrReplyToken)
	}
	ev := carrier.WithToken(c.Event(), c.ReplyToken)
	var err error
	for range misdirections {
		err = h.Replier.Complete(ctx, c.ReplyTo, ev)
		if !errors.Is(err, remote.ErrMisdirected) || !backoff.Sleep(ctx, misdirectedPause) {
			break
		}
	}
	switch {
	case errors.Is(err, remote.ErrRefused):
		return fmt.Errorf("%w: %w", carrier.ErrRefused, err)
	case errors.Is(err, remote.ErrMisdirected):
		return functions.Errorf(http.StatusMisdirectedRequest, "reply of %s: %w", c.ID, err)
	case errors.Is(err, remote.ErrForbidden), errors.Is(err, remote.ErrNotAllowed):
		return functions.Errorf(http.StatusForbidden, "reply of %s: %w", c.ID, err)
	default:
		return err //nolint:wrapcheck // for refuse
	}
}
