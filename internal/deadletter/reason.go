package deadletter

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/homing-dev/homing/functions"
)

// Reason is why an event became a dead letter.
type Reason string

// The reasons.
const (
	// TimedOut: Lambda ended the function at its timeout.
	TimedOut Reason = "timed out"
	// OutOfMemory: Lambda ended the process since it had more than its memory.
	OutOfMemory Reason = "out of memory"
	// Killed: a signal from outside ended the process, and the platform does not
	// say that it was for memory. In older records of Lambda it may have been.
	Killed Reason = "killed"
	// Crashed: the process ended, or could not start.
	Crashed Reason = "crashed"
	// Failed: the function answered an error, or more than Lambda carries.
	Failed Reason = "failed"
	// NotRun: the event waited too long for the function, or that is switched
	// off.
	NotRun Reason = "not run"
	// Unreachable: there was no answer to any delivery.
	Unreachable Reason = "unreachable"
	// Refused: the function did not take the event, and would not if it came again.
	Refused Reason = "refused"
	// Undelivered: the vertex took the event, or was about to stop, and could not
	// bring the result on its way.
	Undelivered Reason = "undelivered"
	// Undeliverable: the reply could not be delivered to the URL of Homing-Callback.
	Undeliverable Reason = "callback undelivered"
	// Unknown: there is no record that has it.
	Unknown Reason = "unknown"
)

// failure is the responsePayload of an attempt that failed.
type failure struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

// why returns the reason of a record, and a few words of Lambda about it. The
// words never hold what a function put into its error: callers see them.
func (r Record) why() (reason Reason, detail string) {
	condition := r.RequestContext.Condition
	ran := r.ResponseContext != nil && r.ResponseContext.StatusCode != http.StatusTooManyRequests
	switch {
	case condition == ConditionNoConcurrency:
		return NotRun, "the function is switched off: its reserved concurrency is 0"
	case condition == ConditionAge && (!ran || r.ResponseContext.FunctionError == ""):
		return NotRun, "the event waited too long for a free function"
	case !ran:
		return NotRun, "the function was throttled"
	}
	var f failure
	if json.Unmarshal(r.ResponsePayload, &f) != nil {
		f = failure{}
	}
	return f.why()
}

// Lengths of what is shown of a failure: of its type, of the name of a signal
// ("segmentation fault (core dumped)" is the longest of Linux), and of a number.
const (
	typeForm   = `^[A-Za-z0-9._*/-]{0,100}$`
	endingForm = `^(exit status [0-9.]{0,20}|signal: [A-Za-z0-9 ()]{0,40})`
	numberForm = `^[0-9.]{0,20}`
)

// why judges by the error's type, and by its message only where Lambda itself
// wrote that: for a type of its own, or for none as in older records.
func (f failure) why() (reason Reason, detail string) {
	kind := beginning(f.Type, typeForm)
	if f.Type != "" && !ownType(f.Type) {
		return Failed, kind
	}
	if _, after, ok := strings.Cut(f.Message, "Task timed out after "); ok {
		return TimedOut, join(kind, "after "+beginning(after, numberForm)+" seconds")
	}
	_, after, _ := strings.Cut(f.Message, "Runtime exited with error: ")
	ending := beginning(after, endingForm)
	switch {
	case f.Type == "Sandbox.Timedout":
		return TimedOut, kind
	case f.Type == "Runtime.OutOfMemory":
		return OutOfMemory, join(kind, ending)
	case fromOutside(ending):
		return Killed, join(kind, ending)
	case strings.HasPrefix(f.Type, "Function."):
		return Failed, kind
	case f.Type == "" && ending == "" && !strings.Contains(f.Message, "Process exited before completing request"):
		return Failed, ""
	default:
		return Crashed, join(kind, ending)
	}
}

// fromOutside reports whether a process has ended by a signal that others send;
// the other signals are for what a program does itself.
func fromOutside(ending string) bool {
	name, ok := strings.CutPrefix(ending, "signal: ")
	name, _, _ = strings.Cut(name, " (")
	return ok && slices.Contains([]string{"killed", "terminated", "interrupt", "hangup", "quit", "alarm clock", "stopped"}, name)
}

// ownType reports whether an errorType is one of Lambda's.
func ownType(name string) bool {
	return regexp.MustCompile(`^(Runtime|Sandbox|Function|Extension)\.`).MatchString(name)
}

// beginning is what text begins with, in a form; "" if that is something else.
func beginning(text, form string) string { return regexp.MustCompile(form).FindString(text) }

// join puts ": " between what is there.
func join(kind, what string) string {
	if kind == "" || what == "" {
		return kind + what
	}
	return kind + ": " + what
}

// notRunRetryAfter is when a function that had no room may have some.
const notRunRetryAfter = 5 * time.Second

// Problem is the reply to the caller: which step, why, and that the event is
// kept. It holds nothing of the event's data and no text of a function.
func (l Letter) Problem() *functions.Error {
	status, title, what, retryAfter := http.StatusInternalServerError, "Function failed", "failed", time.Duration(0)
	switch l.Reason {
	case TimedOut:
		status, title, what = http.StatusGatewayTimeout, "Step timed out", "was ended at its timeout"
	case OutOfMemory:
		title, what = "Function crashed", "ran out of memory"
	case Killed:
		title, what = "Function killed", "was killed by a signal"
	case Crashed:
		title, what = "Function crashed", "crashed"
	case Unreachable:
		status, title, what = http.StatusBadGateway, "Step unreachable", "could not be reached"
	case Refused:
		status, title, what = http.StatusBadGateway, "Bad response from step", "refused its event"
	case Undelivered:
		status, title, what = http.StatusServiceUnavailable, "Step not completed", "could not deliver its result; try again later"
		retryAfter = notRunRetryAfter
	case NotRun:
		status, title, what = http.StatusServiceUnavailable, "Step not run", "was not run; try again later"
		retryAfter = notRunRetryAfter
	case Failed, Undeliverable, Unknown:
	}
	if l.Detail != "" {
		what += " (" + l.Detail + ")"
	}
	return &functions.Error{RetryAfter: retryAfter, Problem: functions.Problem{
		Status: status, Title: title, Detail: "the function that runs step " + l.Step + " " + what,
		Step: l.Step, Attempt: l.Tries, RequestID: l.RequestID,
	}}
}
