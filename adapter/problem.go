package adapter

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

// drainRetryAfter is what a caller hears while the server shuts down: another
// one should be there by then.
const drainRetryAfter = time.Second

// fail answers x with the problem that err stands for.
func (a *Adapter) fail(w http.ResponseWriter, x *exchange, err error) {
	if errors.Is(err, errClientGone) {
		w.Header().Set("Connection", "close")
		problem.Write(w, &functions.Error{Problem: functions.Problem{
			Status: statusClientGone, Title: "Client Closed Request",
			Detail: "the client closed its side of the connection before the answer; its work was stopped",
		}})
		x.observe(statusClientGone)
		return
	}
	p := explain(x, err)
	a.logFailure(x, p, err)
	problem.Write(w, p)
	x.observe(p.StatusCode())
}

// statusClientGone is how a call is counted whose client did not wait for the
// answer; nginx made it known. Only a client that has closed nothing but its
// own direction hears it: without it net/http would say 200.
const statusClientGone = 499

// explain finds what the caller hears of err.
func explain(x *exchange, err error) *functions.Error {
	var own *functions.Error
	switch {
	case errors.As(err, &own):
		p := *own // it may be shared between requests
		own = &p
	case errors.Is(err, context.DeadlineExceeded):
		own = functions.Errorf(http.StatusGatewayTimeout, "the chain did not end within its time of %s", x.deadline.Sub(x.start))
	case errors.Is(err, errDraining), errors.Is(err, context.Canceled):
		own = functions.Errorf(http.StatusServiceUnavailable, "the server is shutting down; send the call again")
		own.RetryAfter = drainRetryAfter
	case errors.Is(err, errCancelled):
		own = functions.Errorf(http.StatusGone, "the request was cancelled")
	default:
		own = functions.Errorf(http.StatusInternalServerError, "the call failed; the log tells more under this requestid")
	}
	if x.route != nil && own.RequestID == "" {
		own.RequestID = x.text
	}
	return own
}

// logFailure logs what the caller is not told. Refusals that are the caller's
// own doing are only logged for debugging.
func (a *Adapter) logFailure(x *exchange, p *functions.Error, err error) {
	log := a.cfg.Logger.Debug
	if p.StatusCode() >= http.StatusInternalServerError && !errors.Is(err, errClientGone) {
		log = a.cfg.Logger.Error
	}
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
	attrs = append(attrs, slog.Any("error", err))
	log("call failed", attrs...)
}

func (a *Adapter) logStore(ctx context.Context, id reply.ID, what string, err error) {
	a.cfg.Logger.LogAttrs(ctx, slog.LevelError, "reply store failed",
		slog.String("requestid", id.String()), slog.String("while", what), slog.Any("error", err))
}
