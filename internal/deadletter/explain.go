package deadletter

import (
	"net/http"
	"time"

	"github.com/homing-dev/homing/functions"
)

// notRunRetryAfter is when a function that had no room may have some.
const notRunRetryAfter = 5 * time.Second

// Problem is what the caller hears: which step, why, and that the event is
// kept. It holds nothing of the event's data and no text of a function.
func (l Letter) Problem() *functions.Error {
	p := &functions.Error{Problem: functions.Problem{
		Step: l.Step, Attempt: l.Tries, RequestID: l.RequestID,
	}}
	who := "the function that runs step " + l.Step
	switch l.Reason {
	case TimedOut:
		p.Status, p.Title, p.Detail = http.StatusGatewayTimeout, "Step timed out", who+" was ended at its timeout"
	case OutOfMemory:
		p.Status, p.Title, p.Detail = http.StatusInternalServerError, "Function crashed", who+" ran out of memory"
	case Crashed:
		p.Status, p.Title, p.Detail = http.StatusInternalServerError, "Function crashed", who+" crashed"
	case NotRun:
		p.Status, p.Title, p.Detail = http.StatusServiceUnavailable, "Step not run", who+" was not run; try again later"
		p.RetryAfter = notRunRetryAfter
	case Failed, Unknown:
		fallthrough
	default:
		p.Status, p.Title, p.Detail = http.StatusInternalServerError, "Function failed", who+" failed"
	}
	if l.Detail != "" {
		p.Detail += " (" + l.Detail + ")"
	}
	return p
}
