package aws_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/emulator/template"
	"github.com/homing-dev/homing/tests/internal/wait"
)

const second = time.Second

// faultTimeout is the timeout of chain fault, as faulty/chain.yaml has it.
const faultTimeout = 20 * second

// gatewayError is the body of an HTTP API in the place of a function that died.
const gatewayError = `{"message":"Internal Server Error"}`

// fault is what step act is to do, and what its caller gets.
type fault struct {
	name, do string
	kill     bool // the test kills the function
	lost     bool // the process is no more, and the event is kept
	status   int
	detail   string
	inline   []string // the detail in the shape inline, if it is another: one of these
}

const (
	platformLimit = "did not end within the time that the platform gives its function"
	failed        = "the step failed"
	// unheeded is said, too, of a step that heeds its time and comes to its end 50 ms
	// later than it would on a machine that has the time for it.
	unheeded = "did not answer in time"
)

func deaths() []fault {
	return []fault{
		{"killed", "hold", true, true, 500, "was killed by a signal (Runtime.ExitError: signal: killed)", nil},
		{"process ended", "exit", false, true, 500, "crashed (Runtime.ExitError: exit status 3)", nil},
		{"out of memory", "allocate", false, true, 500, "ran out of memory (Runtime.OutOfMemory", nil},
		{"timed out", "stop", false, true, 504, "was ended at its timeout (Sandbox.Timedout: after 10.00 seconds)", nil},
		{"time up, heeded", "hold", false, false, 504, platformLimit, []string{"did not end within its time", unheeded}},
		{"time up, not heeded", "ignore", false, false, 504, platformLimit, []string{unheeded}},
		{"panic", "panic", false, false, 500, "step act panicked", nil},
		{"goroutine ended", "leave", false, false, 500, failed, []string{"the call failed"}},
		{"error with its status", "fail", false, false, 409, "as asked", nil},
	}
}

// A function that dies in the middle of a step, or does not come to its end:
// its caller knows why before the deadline, and an event that was lost is kept.
// In the shape inline the function that dies is the one that answers, so the
// API does it.
func TestFunctionThatDiesInTheMiddleOfAStep(t *testing.T) {
	t.Parallel()
	for _, f := range deaths() {
		for _, shape := range shapes() {
			t.Run(f.name+", "+shape, func(t *testing.T) {
				t.Parallel()
				f.strikes(t, shape)
			})
		}
	}
}

func (f fault) strikes(t *testing.T, shape string) {
	t.Helper()
	s := newStage(t)
	d := faults(t, s, plan{shape: shape, change: func(st *template.Stack) {
		steps(st, func(f *template.Function) { f.Timeout, f.MemoryMB = 10*second, 512 })
	}})
	answered := async(t, http.MethodPost, d.url+"/fault", order("k", f.do))
	if f.kill {
		wait.Receive(t, "the event at step act", s.arrived)
		if d.Kill(actor(shape, "fault")) == 0 {
			t.Error("there was nothing to kill")
		}
	}
	a := wait.Receive(t, "the answer", answered).within(t, 0, faultTimeout+slack)
	outcome := f.explained(t, shape, a)
	if s.ran("k", "act") != 1 || s.ran("k", "after") != 0 {
		t.Errorf("act ran %d times, after %d", s.ran("k", "act"), s.ran("k", "after"))
	}
	if f.lost && shape != inline {
		wait.Eventually(t, "the dead letter", func() bool { return d.Depth("DeadLetters") == 1 })
		outcome += "; 1 dead letter"
	}
	results.add(f.name+", "+shape, a, outcome)
	call(t, http.MethodPost, d.url+"/fault", order("next", "pass")).right(t, "next", "pass")
}

// explained holds an answer to what has happened.
func (f fault) explained(t *testing.T, shape string, a answer) string {
	t.Helper()
	if shape == inline && f.lost {
		if a.status != http.StatusInternalServerError || a.body != gatewayError {
			t.Errorf("got %d %s", a.status, a.body)
		}
		return "the API answers " + a.body
	}
	details := []string{f.detail}
	if shape == inline && f.inline != nil {
		details = f.inline
	}
	p := a.is(t, f.status).problem()
	if !slices.ContainsFunc(details, func(detail string) bool { return strings.Contains(p.Detail, detail) }) || p.RequestID == "" {
		t.Errorf("got %s, want %q", a.body, details)
	}
	if shape == split && p.Step != "act" {
		t.Errorf("got step %q", p.Step)
	}
	return p.Detail
}

// A call that nobody waits for is run by another invocation in the shape
// inline, too: so its reply tells what became of it.
func TestFunctionThatDiesForACallThatNobodyWaitsFor(t *testing.T) {
	t.Parallel()
	for _, shape := range shapes() {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			d := faults(t, s, plan{shape: shape})
			location := d.accepted(t, "/fault", order("k", "exit"))
			a := call(t, http.MethodGet, d.url+location, "", "Prefer", "wait=10").is(t, http.StatusInternalServerError)
			if p := a.problem(); !strings.Contains(p.Detail, "crashed (Runtime.ExitError: exit status 3)") || "/requests/"+p.RequestID != location {
				t.Errorf("got %s", a.body)
			}
			wait.Eventually(t, "the dead letter", func() bool { return d.Depth("DeadLetters") == 1 })
			results.add("process ended, async, "+shape, a, a.problem().Detail+"; 1 dead letter")
		})
	}
}

// accepted sends a call with respond-async and returns the place of its reply.
func (d *deployment) accepted(t *testing.T, path, body string, headers ...string) (location string) {
	t.Helper()
	a := call(t, http.MethodPost, d.url+path, body, append([]string{"Prefer", "respond-async"}, headers...)...).is(t, http.StatusAccepted)
	location = a.header.Get("Location")
	if !strings.HasPrefix(location, "/requests/") || a.header.Get("Retry-After") == "" || a.header.Get("Preference-Applied") != "respond-async" {
		t.Fatalf("got %v", a.header)
	}
	return location
}
