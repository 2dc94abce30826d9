package console

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

// again is what POST /api/replay asks for: one step with the event that it had in a
// request that is kept, and other data if there is some.
type again struct {
	Request string `json:"request"`
	// Run is the index of the attempt among the steps of the request.
	Run int `json:"run"`
	// Text is the data; null for what it was.
	Text *string `json:"text"`
}

// maxReplay is how large such a request may be.
const maxReplay = 4 << 20

// replay runs a step once more. The answer has the id of the request under which it is
// kept; it fails only if the step could not be run.
func (r *Recorder) replay(w http.ResponseWriter, req *http.Request) {
	var a again
	if err := readJSON(w, req, &a); err != nil {
		problem.Write(w, err)
		return
	}
	rec, _, ok := r.snapshot(a.Request)
	switch {
	case !ok:
		problem.Write(w, unknown(a.Request))
		return
	case a.Run < 0 || a.Run >= len(rec.runs) || rec.runs[a.Run].in == nil || rec.runs[a.Run].step == nil || rec.chain.runner == nil:
		problem.Write(w, functions.Errorf(http.StatusConflict, "this step is not run by this process, or its input is not known"))
		return
	}
	of := rec.runs[a.Run]
	data := of.in.data
	if a.Text != nil {
		data = []byte(*a.Text)
	} else if len(data) < of.in.size {
		problem.Write(w, functions.Errorf(http.StatusConflict,
			"only %d of the %d bytes of this input are kept; give the data", len(data), of.in.size))
		return
	}
	respond(w, map[string]string{"id": r.runAgain(req.Context(), &rec, of, data)})
}

func readJSON(w http.ResponseWriter, req *http.Request, into any) *functions.Error {
	kind, _, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" { // which no form of another page can send
		return functions.Errorf(http.StatusUnsupportedMediaType, "send application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxReplay))
	if err != nil {
		return functions.Errorf(http.StatusRequestEntityTooLarge, "the input has more than %d bytes, or did not come", maxReplay)
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return functions.Errorf(http.StatusBadRequest, "the body: %w", err)
	}
	return nil
}

// runAgain runs a step and records it as a request of its own.
func (r *Recorder) runAgain(ctx context.Context, of *record, x run, data []byte) (id string) {
	now := time.Now()
	box := reply.Mailbox(0)
	if parsed, err := reply.ParseID(of.id); err == nil {
		box = parsed.Mailbox()
	}
	id = reply.NewID(now, box).String()
	deadline := now.Add(of.chain.Timeout)
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	in := x.in.event(id, deadline, slices.Clone(data))
	kept := r.keep(&in)
	rec := &record{
		id: id, of: of.id, tenant: of.tenant, kind: kindStep, chain: of.chain, start: now, deadline: deadline,
		in: kept, last: kept, source: in.DataEncoded,
	}
	r.mu.Lock()
	r.start(rec)
	r.settle(rec, kept.memory())
	runner := of.chain.runner
	r.mu.Unlock()
	status, failure := http.StatusInternalServerError, "the function ended its goroutine"
	defer func() { r.replayed(rec, status, failure) }()
	result, err := runner.CarryPart(ctx, in, x.step.index, x.step.index+1, nil)
	status, failure = outcome(result, err)
	return id
}

// outcome is the status and the failure that the result of a step stands for.
func outcome(result carrier.Result, err error) (status int, failure string) {
	switch {
	case err != nil:
		return statusOf(err), textOf(err)
	case result.Accepted:
		return http.StatusAccepted, ""
	case result.Event == nil:
		return http.StatusNoContent, ""
	default:
		status, _ = functions.Status(*result.Event)
		return status, ""
	}
}

// replayed records the end of a step that was run again.
func (r *Recorder) replayed(rec *record, status int, failure string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rec.answered = time.Now()
	rec.ended, rec.status, rec.failure, rec.source = rec.answered, status, failure, nil
	if n := len(rec.runs); n > 0 {
		rec.out = rec.runs[n-1].out
		if failure != "" {
			rec.failedStep = rec.runs[n-1].name
		}
	}
	r.settle(rec, 0)
}

// event is the event of a payload for another request.
func (p *payload) event(id string, deadline time.Time, data []byte) event.Event {
	ec := &event.EventContextV1{
		ID: id, Type: p.typ, Source: p.source, Time: &types.Timestamp{Time: time.Now().UTC()}, Extensions: map[string]any{},
	}
	if p.subject != "" {
		ec.Subject = &p.subject
	}
	if p.contentType != "" {
		ec.DataContentType = &p.contentType
	}
	for _, a := range p.attrs {
		switch a.name {
		case functions.AttrRoutingSlip, functions.AttrReplyTo, functions.AttrReplyToken, functions.AttrClaimCheck, functions.AttrCallback:
		default:
			ec.Extensions[a.name] = a.value
		}
	}
	ec.Extensions[functions.AttrCorrelationID] = id
	ec.Extensions[functions.AttrExpiryTime] = deadline.UTC().Format(time.RFC3339Nano)
	return event.Event{Context: ec, DataEncoded: data}
}
