package knative

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/httpbody"
	"github.com/homing-dev/homing/internal/problem"
	"github.com/homing-dev/homing/runtimes/internal/worker"
)

// maxEvent is the largest event in bytes that a vertex takes.
const maxEvent = 32 << 20

// handleEvent answers POST /. With the carrier http the answer is the result;
// with the carrier broker it says that the event was dealt with, and the result
// has gone on.
func (v *Vertex) handleEvent(w http.ResponseWriter, r *http.Request) {
	leave, ok := v.work.enter()
	if !ok {
		w.Header().Set("Connection", "close")
		problem.Write(w, drainingProblem())
		return
	}
	defer leave()
	in, leg, err := v.read(w, r)
	if err != nil {
		v.refuse(w, err)
		return
	}
	var out *event.Event
	err = problem.ErrExited // unless the steps return
	defer func() { v.conclude(w, r, in, leg, out, err) }()
	out, err = v.runSteps(r.Context(), in, leg)
}

// conclude answers the event of r once its steps have ended.
func (v *Vertex) conclude(w http.ResponseWriter, r *http.Request, in event.Event, leg worker.Segment, out *event.Event, err error) {
	exited := errors.Is(err, problem.ErrExited)
	if exited {
		w.Header().Set("Connection", "close")
	}
	switch {
	case r.Context().Err() != nil:
		// Who sent the event has gone, and will send it again. Without an answer
		// net/http would say 200 to one who has only closed its side.
		problem.Write(w, functions.Errorf(http.StatusServiceUnavailable, "the connection was closed before the steps had ended"))
	case v.broker == nil:
		v.answer(w, in, leg, out, err)
	default:
		if err := v.carryOn(context.WithoutCancel(r.Context()), in, leg, out, err); err != nil {
			v.refuse(w, err)
			break
		}
		w.WriteHeader(http.StatusNoContent)
	}
	if exited { // net/http will not finish the answer
		_ = http.NewResponseController(w).Flush() // a sender that is gone needs no answer
	}
}

// read reads the event of r and finds the steps that it is for.
func (v *Vertex) read(w http.ResponseWriter, r *http.Request) (event.Event, worker.Segment, error) {
	data, err := httpbody.Read(w, r, maxEvent)
	if err != nil {
		return event.Event{}, worker.Segment{}, err //nolint:wrapcheck // a problem already
	}
	in, err := cloudevents.Read(r.Header, data)
	if err != nil {
		return event.Event{}, worker.Segment{}, problem.Unreadable(err)
	}
	leg, err := v.legs.Find(carrier.SlipOf(in), v.handsOn)
	return in, leg, err
}

// runSteps runs the steps until the event's deadline.
func (v *Vertex) runSteps(ctx context.Context, in event.Event, leg worker.Segment) (*event.Event, error) {
	deadline, err := carrier.Deadline(in)
	if err != nil { // not from an adapter of ours
		deadline = time.Now().Add(leg.Chain.Timeout)
	}
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	out, err := leg.Vertex.CarryPart(ctx, in, leg.First, leg.End, nil)
	return out.Event, err //nolint:wrapcheck // made a problem by the caller
}

// answer answers with the result of the steps.
func (v *Vertex) answer(w http.ResponseWriter, in event.Event, leg worker.Segment, out *event.Event, err error) {
	switch {
	case err != nil:
		problem.Write(w, v.explain(in, leg, err))
		return
	case out == nil:
		w.WriteHeader(http.StatusNoContent)
		return
	}
	data, err := cloudevents.Write(w.Header(), carrier.StripRouting(*out), cloudevents.Binary)
	if err != nil {
		problem.Write(w, v.explain(in, leg, err))
		return
	}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(data) //nolint:gosec // what the function made; a client that is gone needs no answer
}

// explain makes the problem of a request, and logs what it does not tell.
func (v *Vertex) explain(in event.Event, leg worker.Segment, err error) *functions.Error {
	own, cause := leg.Explain(carrier.RequestID(in), err)
	if own.StatusCode() >= http.StatusInternalServerError {
		v.log.Error("step failed", "requestid", own.RequestID, "chain", leg.Chain.Name, "step", own.Step,
			"status", own.StatusCode(), "detail", own.Detail, "error", cause)
	}
	return own
}

// refuse answers an event that could not be dealt with.
func (v *Vertex) refuse(w http.ResponseWriter, err error) {
	var own *functions.Error
	if !errors.As(err, &own) {
		own = functions.Errorf(http.StatusServiceUnavailable, "the result could not be handed on; send the event again")
		own.Cause = err
	}
	v.log.Warn("event refused", "status", own.StatusCode(), "detail", own.Detail, "error", err)
	problem.Write(w, own)
}
