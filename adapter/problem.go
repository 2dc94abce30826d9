package adapter

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/httpbody"
	"github.com/homing-dev/homing/internal/observe"
	"github.com/homing-dev/homing/internal/problem"
)

const (
	// drainRetryAfter is the Retry-After while the server shuts down: another
	// one should be there by then.
	drainRetryAfter = time.Second
	// statusClientGone is how a call is counted whose client did not wait for
	// the answer; nginx made it known. Only a client that has closed nothing but
	// its own direction reads it: without it net/http would say 200.
	statusClientGone = 499
)

// fail answers x with the problem that err stands for.
func (a *Adapter) fail(w http.ResponseWriter, x *exchange, err error) {
	if errors.Is(err, errClientGone) || errors.Is(err, errDraining) || errors.Is(err, problem.ErrExited) {
		w.Header().Set("Connection", "close")
	}
	if c, ok := errors.AsType[*challengeError](err); ok {
		w.Header().Set("WWW-Authenticate", c.challenge)
	}
	p := explain(x, err)
	a.logFailure(x, p, err)
	problem.Write(w, p)
	if x.route != nil {
		a.metrics.refusedByStore(err)
	}
	x.observe(p.StatusCode())
	a.answered(x, p.StatusCode(), nil, p)
}

// explain returns what the caller may know of err.
func explain(x *exchange, err error) *functions.Error {
	var own *functions.Error
	switch {
	case errors.As(err, &own):
		p := *own // it may be shared between requests
		own = &p
	case errors.Is(err, context.DeadlineExceeded):
		own = functions.Errorf(http.StatusGatewayTimeout, "the chain did not end within its time of %s", x.deadline.Sub(x.start))
	case errors.Is(err, errClientGone):
		own = functions.Errorf(statusClientGone, "the client closed its side of the connection before the answer; its work was stopped")
		own.Title = "Client Closed Request"
	case errors.Is(err, errDraining), errors.Is(err, context.Canceled):
		own = functions.Errorf(http.StatusServiceUnavailable, "the server is shutting down; send the call again")
		own.RetryAfter = drainRetryAfter
	case errors.Is(err, errCancelled):
		own = functions.Errorf(http.StatusGone, "the request was cancelled")
	default:
		own = functions.Errorf(http.StatusInternalServerError, "the call failed; the log tells more under this requestid")
	}
	if own.Step == "" && own.StatusCode() == http.StatusGatewayTimeout {
		own.Step = x.position.Step()
	}
	if x.route != nil {
		own.RequestID = x.text // also where a step has another one
	}
	return own
}

// logFailure logs what the caller may not know. Refusals that are the caller's
// own doing are only logged for debugging.
func (a *Adapter) logFailure(x *exchange, p *functions.Error, err error) {
	log := a.cfg.Logger.Debug
	switch {
	case p.StatusCode() < http.StatusInternalServerError:
	case errors.Is(err, errDraining) && x.route == nil: // a probe, or a call that comes too late: as it should be
	case errors.Is(err, errDraining), errors.Is(err, reply.ErrFull), errors.Is(err, errSilent), errors.Is(err, httpbody.ErrBusy),
		errors.Is(err, errShed):
		log = a.cfg.Logger.Warn
	default:
		log = a.cfg.Logger.Error
	}
	x.trace.failed(p, err)
	attrs := []any{slog.Int("status", p.StatusCode()), slog.String("detail", p.Detail)}
	if x.route != nil {
		attrs = append(attrs, slog.String("requestid", x.text), slog.String("chain", x.route.chain.Name))
	}
	if p.Step != "" {
		attrs = append(attrs, slog.String("step", p.Step), slog.Int("attempt", p.Attempt))
	}
	if p.Cause != nil {
		err = p.Cause
	}
	attrs = append(attrs, slog.Any("error", problem.ForLog(err)))
	log("call failed", observe.WithTrace(attrs, x.trace.parent)...)
}
