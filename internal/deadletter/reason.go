package deadletter

import (
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"
)

// Reason is why an event became a dead letter.
type Reason string

// The reasons.
const (
	// TimedOut: Lambda ended the function at its timeout.
	TimedOut Reason = "timed out"
	// OutOfMemory: the process was killed, which Lambda does for memory.
	OutOfMemory Reason = "out of memory"
	// Crashed: the process ended, or could not start.
	Crashed Reason = "crashed"
	// Failed: the function answered an error, or more than Lambda carries.
	Failed Reason = "failed"
	// NotRun: the event waited too long for the function, or that is switched
	// off.
	NotRun Reason = "not run"
	// Unknown: there is no record that would say so.
	Unknown Reason = "unknown"
)

// failure is the responsePayload of an attempt that failed.
type failure struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

// why tells the reason of a record, and in a few words what Lambda said. The
// words never hold what a function put into its error: they are shown to
// callers.
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

// why judges by the error's type, and by its message only where Lambda itself
// wrote that: for a type of its own, or for none as in older records.
func (f failure) why() (reason Reason, detail string) {
	kind := typeName(f.Type)
	if f.Type != "" && !ownType(f.Type) {
		return Failed, kind
	}
	if _, after, ok := strings.Cut(f.Message, "Task timed out after "); ok {
		return TimedOut, join(kind, "after "+number(after)+" seconds")
	}
	ending := ending(f.Message)
	switch {
	case f.Type == "Sandbox.Timedout":
		return TimedOut, kind
	case f.Type == "Runtime.OutOfMemory", ending == "signal: killed":
		return OutOfMemory, join(kind, ending)
	case strings.HasPrefix(f.Type, "Function."):
		return Failed, kind
	case f.Type == "" && ending == "" && !strings.Contains(f.Message, "Process exited before completing request"):
		return Failed, ""
	default:
		return Crashed, join(kind, ending)
	}
}

// ownType says whether an errorType is one that Lambda gives.
func ownType(name string) bool {
	for _, prefix := range []string{"Runtime.", "Sandbox.", "Function.", "Extension."} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// typeName is an errorType if it looks like one, else "".
func typeName(name string) string {
	const longest = 100
	if len(name) > longest || strings.ContainsFunc(name, func(r rune) bool {
		return r >= utf8.RuneSelf || !strings.ContainsRune("._*/-", r) && !isLetterOrDigit(r)
	}) {
		return ""
	}
	return name
}

func isLetterOrDigit(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || isDigit(r)
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// ending is how a process ended, as "exit status 3" or "signal: killed"; "" if
// message does not say so.
func ending(message string) string {
	_, after, ok := strings.Cut(message, "Runtime exited with error: ")
	if !ok {
		return ""
	}
	if status, ok := strings.CutPrefix(after, "exit status "); ok {
		return "exit status " + number(status)
	}
	signal, ok := strings.CutPrefix(after, "signal: ")
	if !ok {
		return ""
	}
	const longest = 40 // "segmentation fault (core dumped)" is the longest of Linux
	end := strings.IndexFunc(signal, func(r rune) bool {
		return !isLetterOrDigit(r) && !strings.ContainsRune(" ()", r)
	})
	if end < 0 {
		end = len(signal)
	}
	return "signal: " + signal[:min(end, longest)]
}

// number is the decimal number that text begins with.
func number(text string) string {
	const longest = 20
	end := strings.IndexFunc(text, func(r rune) bool { return !isDigit(r) && r != '.' })
	if end < 0 {
		end = len(text)
	}
	return text[:min(end, longest)]
}

// join puts ": " between what is there.
func join(kind, what string) string {
	if kind == "" || what == "" {
		return kind + what
	}
	return kind + ": " + what
}
