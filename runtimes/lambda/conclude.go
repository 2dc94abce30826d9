package lambda

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/backoff"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// completing is for how long a reply is tried to be written at least, also when
// the deadline of its request has passed.
const completing = 5 * time.Second

// lastMoment is what is left of an invocation to say that it failed.
const lastMoment = 50 * time.Millisecond

// longestDelay is between two attempts to write a reply, at most.
const longestDelay = time.Second

// conclude completes the request of t. A result that the store does not take
// is replaced by a problem that says so.
func (v *vertex) conclude(ctx context.Context, t task, o outcome) error {
	until := time.Now()
	if t.deadline.After(until) {
		until = t.deadline
	}
	until = until.Add(completing)
	if end, ok := ctx.Deadline(); ok && end.Add(-lastMoment).Before(until) {
		until = end.Add(-lastMoment)
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), until)
	defer cancel()
	err := v.complete(ctx, t, v.replyEvent(ctx, t, o), o.progress)
	if why := unfit(err); why != nil && o.err == nil {
		err = v.complete(ctx, t, v.replyEvent(ctx, t, outcome{err: why}), o.progress)
	}
	if err != nil {
		return &ReplyError{RequestID: t.requestID, Cause: err}
	}
	return nil
}

// unfit is the problem of a result that can never be written, or nil.
func unfit(err error) error {
	var invalid *cloudevents.Error
	switch {
	case errors.Is(err, reply.ErrTooLarge):
		return &functions.Error{Cause: err, Problem: functions.Problem{
			Status: http.StatusInternalServerError, Title: "Result too large",
			Detail: err.Error(), // names the limit
		}}
	case errors.As(err, &invalid):
		return &functions.Error{Cause: err, Problem: functions.Problem{
			Status: http.StatusInternalServerError, Title: "Invalid result",
			Detail: "the step answered an event that cannot be sent; the log tells more under this requestid",
		}}
	default:
		return nil
	}
}

// complete writes a reply, again and again until ctx ends. A reply that is not
// wanted any more is dealt with, too: another one counts, or the request was
// cancelled.
func (v *vertex) complete(ctx context.Context, t task, ev event.Event, progress []reply.Progress) error {
	rep := reply.Reply{
		Request: reply.Request{
			ID: t.id, Chain: t.chain.Name, Deadline: t.deadline, Expires: t.deadline.Add(v.keep),
		},
		Event: carrier.StripRouting(ev), Progress: progress,
	}
	for n := 0; ; n++ {
		err := v.store.Complete(ctx, rep)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, reply.ErrCompleted), errors.Is(err, reply.ErrExpired),
			errors.Is(err, reply.ErrCancelled), errors.Is(err, reply.ErrSuperseded):
			v.log.InfoContext(ctx, "reply not wanted", slog.String("requestid", t.requestID), slog.Any("because", err))
			return nil
		case unfit(err) != nil:
			return err
		}
		if !backoff.Sleep(ctx, backoff.Delay(n, longestDelay)) {
			return err
		}
	}
}

// explain makes the problem of a request, and logs what it does not tell.
func (v *vertex) explain(ctx context.Context, t task, err error) *functions.Error {
	own, cause := t.leg.Explain(t.requestID, err)
	level := slog.LevelInfo
	if own.StatusCode() >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	v.log.LogAttrs(ctx, level, "step failed",
		slog.String("requestid", own.RequestID), slog.String("chain", t.chain.Name), slog.String("step", own.Step),
		slog.Int("status", own.StatusCode()), slog.String("detail", own.Detail), slog.Any("error", cause))
	return own
}
