package deadletter_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/deadletter"
)

func TestReasonIsThatOfLambda(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		record record
		reason deadletter.Reason
		detail string
		status int
		title  string
	}{
		"timeout": {
			record{response: `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: x Error: Task timed out after 3.00 seconds"}`},
			deadletter.TimedOut, "Sandbox.Timedout: after 3.00 seconds", 504, "Step timed out",
		},
		"timeout of older records, without a type": {
			record{response: `{"errorMessage":"2026-11-22T16:30:05.568Z x Task timed out after 3.00 seconds"}`},
			deadletter.TimedOut, "after 3.00 seconds", 504, "Step timed out",
		},
		"timeout without a message": {
			record{response: `{"errorType":"Sandbox.Timedout"}`}, deadletter.TimedOut, "Sandbox.Timedout", 504, "Step timed out",
		},
		"memory": {
			record{response: `{"errorType":"Runtime.OutOfMemory","errorMessage":"RequestId: x Error: Runtime exited with error: signal: killed"}`},
			deadletter.OutOfMemory, "Runtime.OutOfMemory: signal: killed", 500, "Function crashed",
		},
		"killed": {
			record{response: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: x Error: Runtime exited with error: signal: killed"}`},
			deadletter.Killed, "Runtime.ExitError: signal: killed", 500, "Function killed",
		},
		"ended by another signal": {
			record{response: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: x Error: Runtime exited with error: signal: terminated"}`},
			deadletter.Killed, "Runtime.ExitError: signal: terminated", 500, "Function killed",
		},
		"killed, of older records without a type": {
			record{response: `{"errorMessage":"RequestId: x Error: Runtime exited with error: signal: killed (core dumped)"}`},
			deadletter.Killed, "signal: killed (core dumped)", 500, "Function killed",
		},
		"exit": {
			record{response: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: x Error: Runtime exited with error: exit status 3"}`},
			deadletter.Crashed, "Runtime.ExitError: exit status 3", 500, "Function crashed",
		},
		"signal": {
			record{response: `{"errorType":"Runtime.ExitError","errorMessage":"Runtime exited with error: signal: segmentation fault (core dumped)\nsecret"}`},
			deadletter.Crashed, "Runtime.ExitError: signal: segmentation fault (core dumped)", 500, "Function crashed",
		},
		"exit without a reason": {
			record{response: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: x Error: Runtime exited without providing a reason"}`},
			deadletter.Crashed, "Runtime.ExitError", 500, "Function crashed",
		},
		"exit of older records": {
			record{response: `{"errorMessage":"RequestId: x Process exited before completing request"}`},
			deadletter.Crashed, "", 500, "Function crashed",
		},
		"cannot start": {
			record{response: `{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: x Error: fork/exec /var/task/bootstrap: no such file"}`},
			deadletter.Crashed, "Runtime.InvalidEntrypoint", 500, "Function crashed",
		},
		"answer too large": {
			record{response: `{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded"}`},
			deadletter.Failed, "Function.ResponseSizeTooLarge", 500, "Function failed",
		},
		"error of the function": {
			record{response: `{"errorType":"*errors.errorString","errorMessage":"s3cret"}`},
			deadletter.Failed, "*errors.errorString", 500, "Function failed",
		},
		"error of the function that sounds like Lambda's": {
			record{response: `{"errorType":"errorString","errorMessage":"Task timed out after s3cret"}`},
			deadletter.Failed, "errorString", 500, "Function failed",
		},
		"type that is none": {
			record{response: `{"errorType":"s3cret of 1 user!","errorMessage":"s3cret"}`}, deadletter.Failed, "", 500, "Function failed",
		},
		"type of Lambda's with data behind": {
			record{response: `{"errorType":"Runtime.s3cret of 1 user","errorMessage":"Runtime exited with error: s3cret"}`},
			deadletter.Crashed, "", 500, "Function crashed",
		},
		"answer that is no object": {
			record{response: `["s3cret"]`}, deadletter.Failed, "", 500, "Function failed",
		},
		"old age, never run": {
			record{condition: "EventAgeExceeded", status: -1},
			deadletter.NotRun, "the event waited too long for a free function", 503, "Step not run",
		},
		"old age, after attempts": {
			record{condition: "EventAgeExceeded", response: `{"errorType":"Sandbox.Timedout"}`},
			deadletter.TimedOut, "Sandbox.Timedout", 504, "Step timed out",
		},
		"switched off": {
			record{condition: "ZeroReservedConcurrency", status: -1},
			deadletter.NotRun, "the function is switched off: its reserved concurrency is 0", 503, "Step not run",
		},
		"throttled": {
			record{status: 429, response: `{"errorMessage":"Rate Exceeded."}`},
			deadletter.NotRun, "the function was throttled", 503, "Step not run",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := newID()
			tc.record.event = eventOf(id, time.Now(), `{"a":"s3cret"}`)
			l := deadletter.NewLetter(tc.record.json(t), time.Now())
			if l.Reason != tc.reason || l.Detail != tc.detail {
				t.Errorf("got %q, %q", l.Reason, l.Detail)
			}
			p := l.Problem()
			if p.Status != tc.status || p.Title != tc.title || p.Step != "price" || p.Attempt != 3 || p.RequestID != id.String() {
				t.Errorf("got %+v", p)
			}
			if !strings.Contains(p.Detail, "price") || !strings.Contains(p.Detail, tc.detail) || strings.Contains(p.Error(), "s3cret") {
				t.Errorf("detail %q", p.Detail)
			}
		})
	}
}

func TestProblemOfAnUnknownReasonIsAFailure(t *testing.T) {
	t.Parallel()
	l := deadletter.Letter{Reason: "of the future"}
	if p := l.Problem(); p.Status != http.StatusInternalServerError || p.Title == "" {
		t.Errorf("got %+v", p)
	}
}

// FuzzDetail: whatever a function puts into its error, nothing of its message
// but numbers and the names of signals is shown.
func FuzzDetail(f *testing.F) {
	f.Add("Sandbox.Timedout", "Task timed out after 3.00 seconds")
	f.Add("Runtime.ExitError", "Runtime exited with error: signal: killed")
	f.Add("", "Runtime exited with error: exit status 3 <script>")
	f.Fuzz(func(t *testing.T, kind, message string) {
		r := record{event: []byte(`{}`), response: `{"errorType":` + quote(kind) + `,"errorMessage":` + quote(message) + `}`}
		l := deadletter.NewLetter(r.json(t), time.Now())
		if len(l.Detail) > 200 || strings.ContainsFunc(l.Detail, func(r rune) bool {
			return !strings.ContainsRune(" :()._*/-", r) && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		}) {
			t.Fatalf("%q, %q: detail %q", kind, message, l.Detail)
		}
	})
}
