package vertex

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/homing-dev/homing/functions"
)

// failure is how an attempt failed, judged once: the methods of a function's
// error are not called again.
type failure struct {
	// problem is what the caller hears; its own copy. Not to be read if ctx
	// has ended and the failure is not definite.
	problem *functions.Error
	// definite: the function's or the vertex's own word, and no consequence
	// of the end of the function's context.
	definite bool
	// passing: another attempt may end better.
	passing bool
	// blame says what it tells of the step.
	blame verdict
}

// verdict is what an attempt tells of the health of its step.
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

// tell gives the error for the caller. The cause of an ended ctx is handed on
// as it is: whoever ended it knows what to tell.
func (f *failure) tell(ctx context.Context, step string, attempt int) error {
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
	return &failure{problem: problem(http.StatusGatewayTimeout, "", "", ctx.Err()), blame: against}
}

// limitRetryAfter is what a caller hears who did not get a turn.
const limitRetryAfter = time.Second

func (s *step) busy(err error) *failure {
	p := problem(http.StatusTooManyRequests, "Step is busy",
		"step "+s.name+" runs as many calls as it may; try again later", err)
	p.RetryAfter = limitRetryAfter
	return &failure{problem: p, definite: true, blame: abstains} // not passing: the caller hears at once when to come back
}

func (s *step) broken() *failure {
	p := problem(http.StatusServiceUnavailable, "Step is broken",
		"step "+s.name+" kept failing and is not called for now; try again later", errBroken)
	p.RetryAfter = s.breaker.retryAfter()
	return &failure{problem: p, definite: true, blame: abstains}
}

func (s *step) timedOut() *failure {
	return &failure{
		problem: problem(http.StatusGatewayTimeout, "Step timed out",
			"step "+s.name+" did not answer within its timeout of "+s.timeout.String(), errStepTimeout),
		definite: true, passing: true, blame: against,
	}
}

func (s *step) panicked(value any) *failure {
	return &failure{
		problem: problem(http.StatusInternalServerError, "Function panicked",
			"step "+s.name+" panicked; the log tells more under this requestid", newPanicError(value)),
		definite: true, blame: against,
	}
}

// exited is for a function that ended its goroutine.
func (s *step) exited() *failure {
	return &failure{problem: s.logged(http.StatusInternalServerError, errExited), definite: true, blame: against}
}

// invalid is for an event that could not be written out. The next attempt
// would answer the same.
func (s *step) invalid(err error) *failure {
	return &failure{
		problem: problem(http.StatusInternalServerError, "Invalid result",
			"step "+s.name+" answered an invalid event; the log tells more under this requestid", err),
		definite: true, blame: against,
	}
}

// logged is a problem whose cause only the log tells.
func (s *step) logged(status int, cause error) *functions.Error {
	title := ""
	if status == http.StatusInternalServerError {
		title = "Function failed"
	}
	return problem(status, title, "step "+s.name+" failed; the log tells more under this requestid", cause)
}

func problem(status int, title, detail string, cause error) *functions.Error {
	return &functions.Error{
		Problem: functions.Problem{Status: status, Title: title, Detail: detail},
		Cause:   cause,
	}
}

var (
	errStepTimeout = errors.New("step timeout")
	errBroken      = errors.New("the step's circuit breaker is open")
	errExited      = errors.New("the function ended its goroutine")
)

// statusOf gives the status of what Carry answers, for its progress.
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
