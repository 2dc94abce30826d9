package adapter

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

const (
	// lateRegister is for how long the registration of a call is tried whose
	// caller is to be answered now. A store has more patience, but the answer
	// has to come before the platform ends the connection.
	lateRegister = 300 * time.Millisecond
	// leastRegister is the least time for that, also if the deadline is near.
	leastRegister = 50 * time.Millisecond
	// storeRetryAfter is the Retry-After of an answer when the reply store cannot
	// be reached, or does not know when it will have room.
	storeRetryAfter = 5 * time.Second
	// longestRetryAfter is the Retry-After at most when it does.
	longestRetryAfter = time.Hour
)

// register asks the store to promise to keep the reply of c, and returns its
// answer.
func (a *Adapter) register(ctx context.Context, c *call) (input, error) {
	err := a.store.Register(ctx, a.request(c))
	switch {
	case err == nil:
		return registered, nil
	case errors.Is(err, reply.ErrCompleted): // by another replica, or by a vertex whose reply has not been seen yet
		return found, nil
	default:
		return refused, storeError(err)
	}
}

// registration returns the registration of a call whose wait has ended. If its
// client goes away meanwhile, the call is registered nevertheless.
func (a *Adapter) registration(ctx context.Context, c *call) func() (input, error) {
	return func() (input, error) {
		patience := min(lateRegister, max(time.Until(c.deadline), leastRegister))
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		return a.register(ctx, c)
	}
}

func (a *Adapter) request(c *call) reply.Request {
	return reply.Request{
		ID: c.id, Tenant: c.tenant, Chain: c.route.chain.Name, Key: c.ask.key,
		Deadline: c.deadline, Expires: c.deadline.Add(a.cfg.Retention), Callback: c.ask.callback,
	}
}

// reply returns the reply of c: the result of its chain, or err.
func (a *Adapter) reply(c *call, out *event.Event, err error) reply.Reply {
	if c.ask.callback != "" && out != nil { // it is not for who gets the reply
		out = new(carrier.StripRouting(*out))
	}
	rep := reply.Reply{Request: a.request(c), Event: a.result(c, out, err)}
	rep.Progress, _ = c.progress.since(0)
	a.ended(rep)
	return rep
}

// completeCall completes c with the result of its chain, or with err. If that
// cannot be, those who wait for it here are answered with why.
func (a *Adapter) completeCall(ctx context.Context, c *call, out *event.Event, err error) {
	rep := a.reply(c, out, err)
	err = a.complete(context.WithoutCancel(ctx), rep)
	for _, woken := range []error{reply.ErrCancelled, reply.ErrSuperseded, reply.ErrCompleted, reply.ErrTooLarge} {
		if errors.Is(err, woken) {
			return
		}
	}
	if err != nil {
		a.logStore(ctx, c.id, "complete a call", err)
		a.waiters.wake(c.id, outcome{err: storeError(err)})
	}
}

// complete puts a reply into the store and wakes those who wait for it here. In
// the place of a reply that is too large for the store, the request ends with an
// error reply; then complete returns [reply.ErrTooLarge].
func (a *Adapter) complete(ctx context.Context, rep reply.Reply) error {
	a.keepCallback(ctx, &rep)
	err := a.store.Complete(ctx, rep)
	if errors.Is(err, reply.ErrTooLarge) {
		rep.Event = a.tooLarge(&rep, err)
		a.keepCallback(ctx, &rep)
		if second := a.store.Complete(ctx, rep); second != nil {
			err = second
		}
	}
	a.deliver(ctx, &rep, err)
	switch {
	case err == nil, errors.Is(err, reply.ErrTooLarge):
		a.waiters.wake(rep.ID, outcome{reply: &rep})
	case errors.Is(err, reply.ErrCancelled):
		a.waiters.wake(rep.ID, outcome{cancelled: true})
	case errors.Is(err, reply.ErrSuperseded):
		a.waiters.wake(rep.ID, outcome{})
	case errors.Is(err, reply.ErrCompleted) && a.poller != nil: // nobody else wakes those who wait here
		if rec, lerr := a.store.Lookup(ctx, rep.ID); lerr == nil && rec.State == reply.Completed {
			a.waiters.wake(rep.ID, outcome{reply: &rec.Reply})
		}
	}
	// If this reply is not known to count, another may, and then the key is its
	// own. If it does count, who comes with the key next finds it and releases the
	// key himself; if none does, the key is free at the end of its lease.
	if err == nil && rep.Key != "" && passes(rep.Event) {
		a.releaseKey(ctx, rep.Key, rep.ID)
	}
	return err
}

// tooLarge returns the error reply in the place of rep, which is too large for
// the store. err names the limit.
func (a *Adapter) tooLarge(rep *reply.Reply, err error) event.Event {
	x := exchange{id: rep.ID, text: rep.ID.String()}
	source, replyType := types.URIRef{URL: url.URL{Path: "/requests/" + x.text}}, rep.Event.Type()
	for _, rt := range a.routes { // what a vertex has sent may be of a request that is not known here
		if rt.chain.Name == rep.Chain {
			x.route, source, replyType = rt, rt.source, rt.chain.Type+".reply"
		}
	}
	p := &functions.Error{Cause: err, Problem: functions.Problem{
		Status: http.StatusInternalServerError, Title: "Result too large", Detail: err.Error(), RequestID: x.text,
	}}
	a.logFailure(&x, p, err)
	return problem.Event(p, x.text, source, replyType)
}

func (a *Adapter) releaseKey(ctx context.Context, key string, owner reply.ID) {
	if err := a.store.Release(ctx, key, owner); err != nil {
		a.logStore(ctx, owner, "release an idempotency key", err)
	}
}

// storeDownError is why a store could not be asked.
type storeDownError struct{ error }

func (e storeDownError) Unwrap() error { return e.error }

// storeError returns the problem for an error of the reply store.
func storeError(err error) error {
	if errors.Is(err, context.Canceled) { // only a client that has gone away ends the context of a request
		return errClientGone
	}
	if errors.Is(err, errDraining) {
		return errDraining
	}
	if errors.Is(err, reply.ErrFull) {
		return fullError(err)
	}
	return &functions.Error{RetryAfter: storeRetryAfter, Cause: storeDownError{err}, Problem: functions.Problem{
		Status: http.StatusServiceUnavailable, Detail: "the reply store cannot be reached; try again later",
	}}
}

// fullError returns the problem for a store without room: 503, or 429 if it is the
// share of the tenant that is used up. Its Retry-After is when room is expected.
func fullError(err error) error {
	p := &functions.Error{RetryAfter: storeRetryAfter, Cause: err, Problem: functions.Problem{
		Status: http.StatusServiceUnavailable,
		Detail: "the reply store is full; try again later, or call without Prefer and Idempotency-Key",
	}}
	full, known := errors.AsType[*reply.FullError](err)
	if known && full.After > 0 {
		p.RetryAfter = min(full.After, longestRetryAfter)
	}
	if known && full.Limit > 0 {
		return overQuota(p.RetryAfter, "the quota \"bytes\" is used up: the reply store keeps no more than %d bytes for this tenant; "+
			"try again later, or call without Prefer and Idempotency-Key", full.Limit)
	}
	if known && full.Share {
		p.Status = http.StatusTooManyRequests
		p.Detail = "this tenant's share of the reply store is used up by earlier calls; " +
			"try again later, or call without Prefer and Idempotency-Key"
	}
	return p
}

// delivered lets the store forget the reply of id first, because its caller has it.
func (a *Adapter) delivered(r *http.Request, id reply.ID) {
	if s, bounded := a.cfg.Store.(reply.Sharing); bounded && r.Context().Err() == nil {
		s.Delivered(id)
	}
}

func (a *Adapter) logStore(ctx context.Context, id reply.ID, what string, err error) {
	a.cfg.Logger.LogAttrs(ctx, slog.LevelError, "reply store failed",
		slog.String("requestid", id.String()), slog.String("while", what), slog.Any("error", err))
}
