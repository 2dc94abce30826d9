package vertex

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/cloudevents/sdk-go/v2/protocol"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/homing-dev/homing/functions"
)

// limitRetryAfter is what a caller hears who did not get a turn.
const limitRetryAfter = time.Second

// explain turns the error of an attempt into the one that the caller gets. The
// cause of an ended ctx is handed on as it is: whoever ended it knows what to
// tell.
func (s *step) explain(ctx context.Context, err error, attempt int) error {
	if ctx.Err() != nil && !definite(err) {
		return context.Cause(ctx)
	}
	out := s.classify(err)
	out.Step, out.Attempt = s.name, attempt
	return out
}

func (s *step) classify(err error) *functions.Error {
	var own *functions.Error
	var panicked *panicError
	switch {
	case errors.As(err, &own):
		out := *own // an error may be shared between requests
		out.Status = errorStatus(own.StatusCode())
		if out.Cause == nil && !errors.Is(err, own) || err != error(own) { //nolint:errorlint // keep what wraps it, for the log
			out.Cause = err
		}
		return &out
	case errors.As(err, &panicked):
		return problem(http.StatusInternalServerError, "Function panicked",
			"step "+s.name+" panicked; the log tells more under this requestid", err)
	case errors.Is(err, errStepTimeout):
		return problem(http.StatusGatewayTimeout, "Step timed out",
			"step "+s.name+" did not answer within its timeout of "+s.timeout.String(), err)
	case errors.Is(err, errLimit):
		out := problem(http.StatusTooManyRequests, "Step is busy",
			"step "+s.name+" runs as many calls as it may; try again later", err)
		out.RetryAfter = limitRetryAfter
		return out
	case errors.Is(err, circuitbreaker.ErrOpen):
		out := problem(http.StatusServiceUnavailable, "Step is broken",
			"step "+s.name+" kept failing and is not called for now; try again later", err)
		if s.breaker != nil {
			out.RetryAfter = max(s.breaker(), time.Second)
		}
		return out
	}
	if status, ok := statusCode(err); ok {
		return problem(errorStatus(status), "", err.Error(), err)
	}
	return problem(http.StatusInternalServerError, "Function failed",
		"step "+s.name+" failed; the log tells more under this requestid", err)
}

func problem(status int, title, detail string, cause error) *functions.Error {
	return &functions.Error{
		Problem: functions.Problem{Status: status, Title: title, Detail: detail},
		Cause:   cause,
	}
}

// statusCode finds the status that an error asks for: by its StatusCode
// method, or as the HTTP result of the CloudEvents SDK.
func statusCode(err error) (int, bool) {
	var coded interface{ StatusCode() int }
	if errors.As(err, &coded) {
		return coded.StatusCode(), true
	}
	var result *cehttp.Result
	if protocol.ResultAs(err, &result) {
		return result.StatusCode, true
	}
	return 0, false
}

// errorStatus keeps an error from being answered as a success.
func errorStatus(status int) int {
	if status < 400 || status > 599 {
		return http.StatusInternalServerError
	}
	return status
}

func statusOf(err error) int {
	var own *functions.Error
	if errors.As(err, &own) {
		return own.StatusCode()
	}
	if status, ok := statusCode(err); ok {
		return status
	}
	if errors.Is(err, errStepTimeout) || errors.Is(err, context.DeadlineExceeded) {
		return http.StatusGatewayTimeout
	}
	return http.StatusInternalServerError
}

// mayPass says whether another attempt may end better.
func mayPass(err error) bool {
	var panicked *panicError
	var final finalError
	switch {
	case err == nil, errors.As(err, &panicked), errors.As(err, &final):
		return false
	case errors.Is(err, errStepTimeout):
		return true
	case errors.Is(err, errLimit), errors.Is(err, circuitbreaker.ErrOpen):
		return false // the caller hears at once when to come back
	}
	status, ok := statusCode(err)
	if !ok {
		return true
	}
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	default:
		return status >= http.StatusInternalServerError
	}
}

// isBreakage says whether an error speaks against the step rather than
// against the request.
func isBreakage(err error) bool {
	var panicked *panicError
	var final finalError
	if errors.As(err, &final) {
		err = final.error
	}
	return errors.As(err, &panicked) || mayPass(err)
}

// definite says whether an error is the function's own word and not a
// consequence of its context's end.
func definite(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	_, ok := statusCode(err)
	return ok
}

func retryAfter(err error) time.Duration {
	var own *functions.Error
	if errors.As(err, &own) {
		return own.RetryAfter
	}
	return 0
}

func newPanicError(value any) *panicError {
	return &panicError{value: value, stack: debug.Stack()}
}
