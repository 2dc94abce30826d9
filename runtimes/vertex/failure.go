package vertex

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

// failure is how an attempt failed, judged once: the methods of a function's
// error are not called again.
type failure struct {
	// problem is for the caller; its own copy. Not to be read if ctx has ended
	// and the failure is not definite.
	problem *functions.Error
	// definite: the function's or the vertex's own result, and no consequence
	// of the end of the function's context.
	definite bool
	// passing: another attempt may end better.
	passing bool
	// blame is what it means for the health of the step.
	blame verdict
}

// verdict is what an attempt means for the health of its step.
type verdict int

const (
	inFavour verdict = iota
	against
	abstains
)

func (f *failure) verdict(ctx context.Context) verdict {
	switch {
	case f == nil:
		return inFavour
	case !f.definite && errors.Is(ctx.Err(), context.Canceled):
		return abstains // the caller went away; the step has done nothing wrong
	default:
		return f.blame
	}
}

// err is the error that a vertex returns. The cause of an ended ctx is returned
// as it is: whoever ended it knows what it means.
func (f *failure) err(ctx context.Context, step string, attempt int) error {
	if ctx.Err() != nil && !f.definite {
		return context.Cause(ctx)
	}
	if f.problem.Step == "" { // else a remote vertex knows better
		f.problem.Step, f.problem.Attempt = step, attempt
	}
	return f.problem
}

// ended stands for what the end of ctx has kept from happening.
func ended(ctx context.Context) *failure {
	return &failure{problem: newProblem(http.StatusGatewayTimeout, "", "", ctx.Err()), blame: against}
}

func (s *step) limitReached(err error) *failure {
	f := definite(http.StatusTooManyRequests, "Step is busy", "step "+s.name+" runs as many calls as it may; try again later",
		fmt.Errorf("the step's concurrency limit is reached: %w", err))
	f.problem.RetryAfter = limitRetryAfter
	f.blame = abstains
	return f // not passing: the caller learns at once when to come back
}

func (s *step) breakerOpen() *failure {
	f := definite(http.StatusServiceUnavailable, "Circuit breaker open",
		"step "+s.name+" kept failing and is not called for now; try again later", errBreakerOpen)
	f.problem.RetryAfter = s.breaker.retryAfter()
	f.blame = abstains
	return f
}

func (s *step) timedOut() *failure {
	cause := errStepTimeout
	if s.remote {
		cause = fmt.Errorf("send an event to %s: %w", s.to, errStepTimeout)
	}
	f := definite(http.StatusGatewayTimeout, "Step timed out",
		"step "+s.name+" did not answer within its timeout of "+s.timeout.String(), cause)
	f.passing = true
	return f
}

func (s *step) panicked(value any) *failure {
	return definite(http.StatusInternalServerError, "Function panicked",
		"step "+s.name+" panicked; the log tells more under this requestid", problem.Panicked(value))
}

// broken is for a function that breaks the rules of Go, or of this package.
func (s *step) broken(cause error) *failure {
	return &failure{problem: s.logged(http.StatusInternalServerError, cause), definite: true, blame: against}
}

// invalid is for an event, or an error, that could not be written out. The next attempt
// would return the same.
func (s *step) invalid(err error) *failure {
	return definite(http.StatusInternalServerError, "Invalid result",
		"step "+s.name+" answered an event that cannot be sent: "+withoutValues(err)+"; the log tells more under this requestid", err)
}

func definite(status int, title, detail string, cause error) *failure {
	return &failure{problem: newProblem(status, title, detail, cause), definite: true, blame: against}
}

// logged is a problem whose cause only the log has.
func (s *step) logged(status int, cause error) *functions.Error {
	title := ""
	if status == http.StatusInternalServerError {
		title = "Function failed"
	}
	return newProblem(status, title, "step "+s.name+" failed; the log tells more under this requestid", cause)
}

func newProblem(status int, title, detail string, cause error) *functions.Error {
	return &functions.Error{
		Problem: functions.Problem{Status: status, Title: title, Detail: detail},
		Cause:   cause,
	}
}

var (
	errStepTimeout = errors.New("step timeout")
	errBreakerOpen = errors.New("the step's circuit breaker is open")
)

// statusOf is the status of the error that a vertex returns, for its progress.
func statusOf(err error) int {
	var coded interface{ StatusCode() int }
	switch {
	case errors.As(err, &coded):
		return coded.StatusCode()
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	default:
		return http.StatusInternalServerError
	}
}
