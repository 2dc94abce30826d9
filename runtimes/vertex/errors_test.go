package vertex_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/protocol"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/vertex"
)

// secret is text that must never reach a caller.
const secret = "password=hunter2"

type coded int

func (c coded) StatusCode() int { return int(c) }
func (c coded) Error() string   { return secret }

type brokenError struct{ text *string }

func (e *brokenError) Error() string   { return *e.text }
func (e *brokenError) StatusCode() int { return len(*e.text) }

func TestErrorsOfFunctions(t *testing.T) {
	t.Parallel()
	const failed, log = "Function failed", "step bad failed; the log tells more under this requestid"
	const panicked = "Function panicked"
	const panicLog = "step bad panicked; the log tells more under this requestid"
	tests := map[string]struct {
		err           error
		status        int
		title, detail string
	}{
		"own":                      {functions.Errorf(409, "stock is gone"), 409, "", "stock is gone"},
		"own without status":       {&functions.Error{}, 500, "", ""},
		"own with a title":         {functions.Invalid(functions.FieldError{}), 422, "Invalid request", "1 field is wrong; see errors"},
		"own, wrapped":             {fmt.Errorf(secret+": %w", functions.Errorf(409, "gone")), 409, "", "gone"},
		"own, joined":              {errors.Join(errors.New(secret), functions.Errorf(409, "gone")), 409, "", "gone"},
		"own that is a success":    {&functions.Error{Problem: functions.Problem{Status: 204, Detail: "d"}}, 500, "", "d"},
		"own that is no status":    {functions.Errorf(1000, "d"), 500, "", "d"},
		"own with cause ACK":       {functions.Errorf(409, "not %w", protocol.ResultACK), 409, "", "not "},
		"nil own":                  {(*functions.Error)(nil), 500, failed, log},
		"nil pointer":              {(*brokenError)(nil), 500, failed, log},
		"methods panic":            {&brokenError{}, 500, panicked, panicLog},
		"nil own, wrapped":         {fmt.Errorf("x: %w", (*functions.Error)(nil)), 500, panicked, panicLog},
		"coded":                    {coded(418), 418, "", log},
		"coded as success":         {coded(200), 500, failed, log},
		"coded, wrapped":           {fmt.Errorf("w: %w", coded(503)), 503, "", log},
		"SDK result":               {cehttp.NewResult(404, "no order %d", 7), 404, "", "no order 7"},
		"SDK result, wrapped":      {fmt.Errorf(secret+": %w", cehttp.NewResult(404, "no")), 404, "", "no"},
		"SDK result after retries": {&cehttp.RetriesResult{Result: cehttp.NewResult(503, "down"), Retries: 2}, 503, "", "down"},
		"SDK result, redirect":     {cehttp.NewResult(302, "there"), 500, "", "there"},
		"SDK NACK":                 {protocol.ResultNACK, 500, failed, log},
		"plain":                    {errors.New(secret), 500, failed, log},
		"another's open breaker":   {fmt.Errorf("db: %w", circuitbreaker.ErrOpen), 500, failed, log},
		"another's canceled":       {context.Canceled, 500, failed, log},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var j journal
			res, err := build(t, plain("bad", fails(tt.err))).Carry(t.Context(), request(), j.add)
			out := res.Event
			if out != nil {
				t.Errorf("got event %v beside the error", out)
			}
			p := wantStatus(t, err, tt.status)
			if p.Title != tt.title || p.Detail != tt.detail || p.Step != "bad" || p.Attempt != 1 {
				t.Errorf("got %+v, want title %q, detail %q", p.Problem, tt.title, tt.detail)
			}
			if strings.Contains(p.Title+p.Detail, secret) {
				t.Errorf("the caller hears %+v", p.Problem)
			}
			j.want(t, "bad started 1", fmt.Sprintf("bad failed 1 %d", tt.status))
		})
	}
}

func TestLogHasWhatTheCallerDoesNotSee(t *testing.T) {
	t.Parallel()
	inner := errors.New("disk full")
	own := functions.Errorf(500, "cannot store: %w", inner)
	for name, given := range map[string]error{
		"plain": inner, "cause of own": own, "own, wrapped": fmt.Errorf("saving: %w", own), "coded, wrapped": errors.Join(coded(502), inner),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := build(t, plain("bad", fails(given))).Carry(t.Context(), request(), nil)
			if !errors.Is(err, inner) {
				t.Errorf("%v does not lead to its cause", err)
			}
			if p := problemOf(t, err); strings.Contains(name, "wrapped") && p.Cause.Error() != given.Error() {
				t.Errorf("the log hears %q, want all of %q", p.Cause, given)
			}
		})
	}
}

func TestTheCauseOfAWrappedProblemIsKept(t *testing.T) {
	t.Parallel()
	inner := errors.New("disk full")
	own := &functions.Error{Problem: functions.Problem{Status: 503, Detail: "cannot store"}, Cause: inner}
	_, err := build(t, plain("bad", fails(fmt.Errorf("saving order 7: %w", own)))).Carry(t.Context(), request(), nil)
	p := wantStatus(t, err, 503)
	if text := p.Cause.Error(); !strings.Contains(text, "saving order 7") || !strings.Contains(text, "disk full") || !errors.Is(p.Cause, inner) {
		t.Errorf("the log gets %q", text)
	}
	if own.Cause != inner { //nolint:errorlint // the same
		t.Errorf("the function's error became %v", own)
	}
}

func TestAcknowledgementIsNoFailure(t *testing.T) {
	t.Parallel()
	for name, ack := range map[string]error{
		"ResultACK":      protocol.ResultACK,
		"wrapped":        fmt.Errorf("sent: %w", protocol.ResultACK),
		"200":            cehttp.NewResult(200, "fine"),
		"202 by a sink":  cehttp.NewResult(202, "%w", protocol.ResultACK),
		"after retries":  &cehttp.RetriesResult{Result: cehttp.NewResult(200, "fine"), Retries: 1},
		"nil of the SDK": (*cehttp.Result)(nil),
		"nil receipt":    (*protocol.Receipt)(nil),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var j journal
			res, err := build(t, plain("sink", fails(ack))).Carry(t.Context(), request(), j.add)
			out := res.Event
			if out != nil || err != nil {
				t.Errorf("got %v, %v, want a drop", out, err)
			}
			j.want(t, "sink started 1", "sink dropped 1")

			res, err = build(t, plain("map", func(_ context.Context, in event.Event) (*event.Event, error) {
				return &in, ack
			})).Carry(t.Context(), request(), nil)
			if out = res.Event; err != nil || out == nil {
				t.Errorf("got %v, %v, want the event beside the acknowledgement", out, err)
			}
		})
	}
}

func TestSharedErrorIsNotChanged(t *testing.T) {
	t.Parallel()
	shared := functions.Errorf(404, "no such order")
	v := build(t, plain("a", fails(shared)))
	w := build(t, plain("b", fails(shared)))
	var wg sync.WaitGroup
	for range 50 {
		for step, x := range map[string]*vertex.Vertex{"a": v, "b": w} {
			wg.Go(func() {
				_, err := x.Carry(t.Context(), request(), nil)
				var p *functions.Error
				if !errors.As(err, &p) || p.Step != step {
					t.Errorf("got %v, want an error of step %q", err, step)
				}
			})
		}
	}
	wg.Wait()
	if shared.Step != "" || shared.Attempt != 0 || shared.Cause != nil {
		t.Errorf("the function's error was changed to %+v", shared)
	}
}
