package worker

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/observe"
	"github.com/homing-dev/homing/internal/problem"
	"github.com/homing-dev/homing/internal/tracing"
)

// Request is what is known of a request by its event. It is read before the first
// function runs, which may change the event.
type Request struct {
	ID string
	// Chain is the chain whose steps are asked for. Only its name is known if
	// it is not here.
	Chain    functions.Chain
	Deadline time.Time
	// ReplyTo is the address of the reply, ReplyToken the right to send it there.
	// Both are empty if the sender of the event waits for the reply.
	ReplyTo, ReplyToken string
	// Callback is the URL to which whoever completes the request in a store delivers
	// its reply; "" for none.
	Callback string

	segment Segment
	trace   string       // the traceparent, for the log; empty if it is not traced
	bodies  []reply.Body // that are kept for it
}

// Completion is how a request ends: with a result, with a problem, or without
// either if a step dropped the event.
type Completion struct {
	Request

	Result   *event.Event
	Problem  *functions.Error
	Accepted bool // a remote step will send the reply; only for a sender who waits
	Progress []reply.Progress
}

// time returns " of" and the time that the adapter has given the request, whose
// id has its beginning; "" if the id is none of an adapter's.
func (r Request) time() string {
	id, err := reply.ParseID(r.ID)
	if err != nil {
		return ""
	}
	return " of " + r.Deadline.Sub(id.Time()).Truncate(time.Millisecond).String()
}

// Event is the reply.
func (c Completion) Event() event.Event {
	source := types.URIRef{URL: url.URL{Path: "/chains/" + c.Chain.Name}}
	switch {
	case c.Problem != nil:
		return problem.Event(c.Problem, c.ID, source, c.Chain.Type+".reply")
	case c.Result == nil:
		return problem.Empty(http.StatusNoContent, c.ID, source, c.Chain.Type+".reply")
	default:
		return carrier.StripRouting(*c.Result)
	}
}

func (w *Worker) completion(ctx context.Context, r Request, out outcome) Completion {
	c := Completion{Request: r, Progress: out.progress}
	if out.err != nil {
		c.Problem = w.explain(ctx, r, out)
	} else {
		c.Result, c.Accepted = out.Event, out.Accepted
	}
	return c
}

// explain returns the problem that the reply holds, and logs it with the cause,
// which the reply does not hold. The error of a function is not changed: it may
// be shared between requests.
func (w *Worker) explain(ctx context.Context, r Request, out outcome) *functions.Error {
	var own *functions.Error
	err := out.err
	switch {
	case errors.As(err, &own):
		p := *own
		own = &p
	case errors.Is(err, context.DeadlineExceeded):
		own = functions.Errorf(http.StatusGatewayTimeout, "the chain did not end within its time%s", r.time())
	default:
		own = functions.Errorf(http.StatusInternalServerError, "the step failed; the log tells more under this requestid")
	}
	own.RequestID = r.ID // also where a step has another one
	if own.Step == "" {
		own.Step = cmp.Or(out.step, r.segment.FirstStep())
	}
	if own.Cause != nil {
		err = own.Cause
	}
	tracing.Current(ctx).Fail(err, strconv.Itoa(own.StatusCode()))
	level := slog.LevelInfo
	if own.StatusCode() >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	w.Log.LogAttrs(ctx, level, "step failed", observe.WithTrace([]slog.Attr{
		slog.String("requestid", own.RequestID), slog.String("chain", r.Chain.Name), slog.String("step", own.Step),
		slog.Int("status", own.StatusCode()), slog.Int("attempt", own.Attempt),
		slog.String("detail", own.Detail), slog.Any("error", problem.ForLog(err)),
	}, r.trace)...)
	return own
}

// Permanent reports whether an error of a Completer would be the same if it
// tried again.
func Permanent(err error) bool { return unwanted(err) || invalid(err) != nil }

// unwanted reports whether no reply is wanted any more.
func unwanted(err error) bool {
	return errors.Is(err, reply.ErrCompleted) || errors.Is(err, reply.ErrExpired) ||
		errors.Is(err, reply.ErrCancelled) || errors.Is(err, reply.ErrSuperseded)
}

// invalid is the problem of a result that can never be delivered, or nil if err
// does not mean that.
func invalid(err error) error {
	if err == nil {
		return nil
	}
	p := functions.Problem{Status: http.StatusInternalServerError}
	var malformed *cloudevents.Error
	switch {
	case errors.Is(err, reply.ErrTooLarge):
		p.Title, p.Detail = "Result too large", err.Error() // names the limit
	case errors.As(err, &malformed), errors.Is(err, carrier.ErrRefused):
		p.Title, p.Detail = "Invalid result", "the step answered an event that cannot be sent; the log tells more under this requestid"
	default:
		return nil
	}
	return &functions.Error{Problem: p, Cause: err}
}
