package carrier

import (
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"unicode/utf8"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/backoff"
)

// remoteError is a [functions.Error] that knows whether another attempt may
// help.
type remoteError struct {
	problem   *functions.Error
	temporary bool
	taken     bool // the answer was a success: the event is not to be sent again
}

func (e *remoteError) Error() string { return e.problem.Error() }

// Temporary says whether another attempt may help.
func (e *remoteError) Temporary() bool { return e.temporary }

// Unwrap gives the problem.
func (e *remoteError) Unwrap() error { return e.problem }

// unreachable is for an answer that did not come.
func unreachable(ctx context.Context, to string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &remoteError{temporary: true, problem: &functions.Error{
		Problem: functions.Problem{
			Status: http.StatusBadGateway, Title: "Step unreachable",
			Detail: "the step could not be reached",
		},
		Cause: fmt.Errorf("send an event to %s: %w", to, err),
	}}
}

// nonsense is for a success that is no answer.
func nonsense(to, what string, cause error) error {
	return &remoteError{taken: true, problem: &functions.Error{
		Problem: functions.Problem{
			Status: http.StatusBadGateway, Title: "Step answered nonsense",
			Detail: "the step answered " + what,
		},
		Cause: fmt.Errorf("answer of %s: %s: %w", to, what, cause),
	}}
}

// refused is for an answer that is a failure. A problem document is handed on;
// of anything else only the status.
func refused(to string, resp *http.Response, body []byte) error {
	out := &functions.Error{
		Problem: functions.Problem{
			Status: resp.StatusCode,
			Detail: fmt.Sprintf("the step answered %d %s", resp.StatusCode, http.StatusText(resp.StatusCode)),
		},
		Cause:      fmt.Errorf("%s answered %s", to, resp.Status),
		RetryAfter: backoff.RetryAfter(resp.Header),
	}
	if !failure(resp.StatusCode) {
		out.Status, out.Title = http.StatusBadGateway, "Step answered nonsense"
	} else if p, ok := readProblem(resp, body); ok {
		out.Problem = p
	}
	// A problem that names its step comes from a vertex of ours, whose policies
	// have tried again already.
	return &remoteError{problem: out, temporary: retried(resp.StatusCode) && out.Step == ""}
}

// failure says whether a status stands for one, so that it can be handed on.
func failure(status int) bool { return status >= 400 && status <= 599 }

// readProblem reads a problem document. Its status may be left out, but not be
// another one than that of the answer (RFC 9457 section 3.1.2). What is not UTF-8
// would reach the caller as other text, so it is none.
func readProblem(resp *http.Response, body []byte) (p functions.Problem, ok bool) {
	media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || media != functions.ProblemContentType || !utf8.Valid(body) || json.Unmarshal(body, &p) != nil {
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
