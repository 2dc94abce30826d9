package worker_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/internal/worker"
)

func TestExplainTellsTheRequestAndTheStep(t *testing.T) {
	t.Parallel()
	leg, err := process(t).Find("q.b,q.c,", func(string, string) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	disk := errors.New("disk full")
	shared := &functions.Error{Problem: functions.Problem{Status: http.StatusConflict, Detail: "taken"}, Cause: disk}
	for name, tt := range map[string]struct {
		leg    worker.Segment
		err    error
		status int
		step   string
		cause  error
	}{
		"a problem":           {leg, fmt.Errorf("b: %w", shared), http.StatusConflict, "b", disk},
		"of another step":     {leg, &functions.Error{Problem: functions.Problem{Status: 422, Step: "c", RequestID: "r"}}, 422, "c", nil},
		"the deadline":        {leg, context.DeadlineExceeded, http.StatusGatewayTimeout, "b", context.DeadlineExceeded},
		"any other":           {leg, disk, http.StatusInternalServerError, "b", disk},
		"no steps were found": {worker.Segment{}, disk, http.StatusInternalServerError, "", disk},
	} {
		p, cause := tt.leg.Explain("r", tt.err)
		if p.StatusCode() != tt.status || p.Step != tt.step || p.RequestID != "r" || tt.cause != nil && !errors.Is(cause, tt.cause) {
			t.Errorf("%s: %+v, %v", name, p.Problem, cause)
		}
	}
	if shared.RequestID != "" || shared.Step != "" {
		t.Error("the error of the function was changed")
	}
}
