package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// lastError is a log that keeps the last error.
type lastError struct {
	slog.Handler

	err error
}

func (*lastError) Enabled(context.Context, slog.Level) bool { return true }

func (l *lastError) Handle(_ context.Context, rec slog.Record) error {
	rec.Attrs(func(a slog.Attr) bool {
		if err, ok := a.Value.Any().(error); ok {
			l.err = err
		}
		return true
	})
	return nil
}

func TestExplainNamesTheRequestAndTheStep(t *testing.T) {
	t.Parallel()
	identity := func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }
	chain := functions.Chain{Name: "q", Steps: []functions.Step{{Name: "a", Function: identity}, {Name: "b", Function: identity}}}
	segment := Segment{Chain: chain, First: 1, End: 2}
	disk := errors.New("disk full")
	shared := &functions.Error{Problem: functions.Problem{Status: http.StatusConflict, Detail: "taken"}, Cause: disk}
	for name, tt := range map[string]struct {
		segment Segment
		err     error
		status  int
		step    string
		cause   error
	}{
		"a problem":           {segment, fmt.Errorf("b: %w", shared), http.StatusConflict, "b", disk},
		"of another step":     {segment, &functions.Error{Problem: functions.Problem{Status: 422, Step: "c", RequestID: "r"}}, 422, "c", nil},
		"the deadline":        {segment, context.DeadlineExceeded, http.StatusGatewayTimeout, "b", context.DeadlineExceeded},
		"any other":           {segment, disk, http.StatusInternalServerError, "b", disk},
		"no steps were found": {Segment{}, disk, http.StatusInternalServerError, "", disk},
	} {
		var log lastError
		w := Worker{Log: slog.New(&log)}
		p := w.explain(t.Context(), Request{ID: "r", segment: tt.segment}, outcome{err: tt.err})
		if p.StatusCode() != tt.status || p.Step != tt.step || p.RequestID != "r" || tt.cause != nil && !errors.Is(log.err, tt.cause) {
			t.Errorf("%s: %+v, %v", name, p.Problem, log.err)
		}
	}
	if shared.RequestID != "" || shared.Step != "" {
		t.Error("the error of the function was changed")
	}
}

func TestPermanentErrors(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]bool{
		nil: false, errors.New("down"): false, context.DeadlineExceeded: false, functions.Errorf(http.StatusServiceUnavailable, "down"): false,
		reply.ErrCompleted: true, reply.ErrExpired: true, reply.ErrCancelled: true, reply.ErrSuperseded: true,
		reply.ErrTooLarge: true, &cloudevents.Error{Detail: "x"}: true, carrier.ErrRefused: true, fmt.Errorf("x: %w", reply.ErrTooLarge): true,
	} {
		if got := Permanent(err); got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}
