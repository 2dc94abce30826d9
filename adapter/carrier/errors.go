package carrier

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"mime"
	"net/http"
	"unicode/utf8"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/backoff"
)

// StepError is the error of a remote step: a [functions.Error], which errors.As
// finds in it, and whether another attempt may help.
type StepError struct {
	// Problem is what the caller sees, with the cause for the log.
	Problem *functions.Error

	temporary bool
	unsent    bool // the step has not got the event
	taken     bool // the answer was a success: the event is not to be sent again
}

// NewStepError returns the error of a remote step. temporary means that another
// attempt may help; but a problem that names its step comes from a vertex of
// ours, whose policies have tried again already.
func NewStepError(p functions.Problem, cause error, temporary bool) *StepError {
	return &StepError{Problem: &functions.Error{Problem: p, Cause: cause}, temporary: temporary && p.Step == ""}
}

// Error implements error.
func (e *StepError) Error() string { return e.Problem.Error() }

// Temporary reports whether another attempt may help.
func (e *StepError) Temporary() bool { return e.temporary }

// Unsent reports whether the step has not got the event, so that sending it
// again repeats nothing.
func (e *StepError) Unsent() bool { return e.unsent }

// Unwrap returns the problem.
func (e *StepError) Unwrap() error { return e.Problem }

// Unreachable is for an answer that did not come.
func Unreachable(cause error) *StepError {
	return NewStepError(functions.Problem{
		Status: http.StatusBadGateway, Title: unreachable, Detail: "the step could not be reached",
	}, cause, true)
}

// NotSent is Unreachable for an event that the step has not got.
func NotSent(cause error) *StepError {
	e := Unreachable(cause)
	e.unsent = true
	return e
}

const (
	badResponse = "Bad response from step"
	unreachable = "Step unreachable"
)

// BadResponse is for a success that is no answer. what the step at to has
// answered is for the caller, cause is for the log.
func BadResponse(to, what string, cause error) *StepError {
	e := NewStepError(functions.Problem{
		Status: http.StatusBadGateway, Title: badResponse, Detail: "the step answered " + what,
	}, fmt.Errorf("answer of %s: %s: %w", to, what, cause), false)
	e.taken = true
	return e
}

// IsFailure reports whether a status stands for one, so that it can be passed on.
func IsFailure(status int) bool { return status >= 400 && status <= 599 }

// maxCause is how many bytes of an answer reach the log.
const maxCause = 1 << 10

// statusError is for an answer that is a failure. A problem document is passed on;
// of anything else only the status, and the log gets the start of it. What a
// foreign step answers about our connection to it is no matter of the caller's: his
// own 401 is another. A 502 is of a proxy in front of the step, which could not
// reach it.
func (r *Remote) statusError(resp *http.Response, body []byte) error {
	body = r.hideIn(body)
	p := functions.Problem{
		Status: resp.StatusCode,
		Detail: fmt.Sprintf("the step answered %d %s", resp.StatusCode, http.StatusText(resp.StatusCode)),
	}
	ownProblem := false
	if !IsFailure(resp.StatusCode) {
		p.Status, p.Title = http.StatusBadGateway, badResponse
	} else if own, ok := readProblem(resp, body); ok {
		p, ownProblem = own, true
	}
	switch {
	case p.Step != "":
	case isAboutConnection(p.Status):
		p.Status, p.Title = http.StatusBadGateway, badResponse
	case resp.StatusCode == http.StatusBadGateway && p.Title == "":
		p.Title = unreachable
	}
	if r.JSON && isErrorPage(resp) {
		p = functions.Problem{Status: http.StatusBadGateway, Title: badResponse, Detail: "the step answered an error page"}
	}
	cause := fmt.Errorf("%s answered %s: %q", r.shown(), resp.Status, body[:min(len(body), maxCause)])
	e := NewStepError(p, cause, retried(resp.StatusCode))
	e.Problem.RetryAfter = backoff.RetryAfter(resp.Header, math.MaxInt64) // as the caller of a function in this process is told
	if ownProblem {
		e.Problem.Headers = resp.Header.Get("Ce-" + functions.AttrHTTPHeaders)
	}
	e.unsent = resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "" && p.Step == ""
	return e
}

// isErrorPage reports whether an answer is the page that a web framework shows for an
// exception. The statuses of a gateway in front of a step mean what they say.
func isErrorPage(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return false
	}
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return resp.StatusCode >= http.StatusInternalServerError && media == "text/html"
}

// isAboutConnection reports whether a status is about how its client has called,
// and means nothing to the client of that client: most of them need a header
// beside it, which only that of a server of the caller's own could be.
func isAboutConnection(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusMethodNotAllowed, http.StatusProxyAuthRequired, http.StatusMisdirectedRequest,
		http.StatusUpgradeRequired, http.StatusNetworkAuthenticationRequired:
		return true
	default:
		return false
	}
}

// readProblem reads a problem document. Its status may be left out, but not be
// another one than that of the answer (RFC 9457 section 3.1.2). What is not UTF-8
// would reach the caller as other text, so it is none.
func readProblem(resp *http.Response, body []byte) (p functions.Problem, ok bool) {
	media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || media != functions.ProblemContentType || !utf8.Valid(body) ||
		json.Unmarshal(bytes.TrimPrefix(body, []byte("\ufeff")), &p) != nil { // a byte order mark may be skipped (RFC 8259 section 8.1)
		return functions.Problem{}, false
	}
	if p.Status == 0 {
		p.Status = resp.StatusCode
	}
	return p, p.Status == resp.StatusCode
}

// retried is the set of statuses that Knative's data plane delivers again.
func retried(status int) bool {
	switch status {
	case http.StatusNotFound, http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return true
	default:
		return status >= http.StatusInternalServerError
	}
}
