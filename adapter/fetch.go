package adapter

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/accept"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// maxLongPoll is how long a fetch is held at most, whatever it prefers.
const maxLongPoll = 60 * time.Second

// find returns the record of the request that r names, or the problem to answer
// with. Requests of other tenants are as unknown as those that never were.
func (a *Adapter) find(r *http.Request, tenant string) (reply.Record, error) {
	id, err := reply.ParseID(r.PathValue("id"))
	if err != nil {
		return reply.Record{}, functions.Errorf(http.StatusNotFound, "%q is no request id: %s", r.PathValue("id"), err.Error())
	}
	rec, err := a.store.Lookup(r.Context(), id)
	switch {
	case errors.Is(err, reply.ErrUnknown), err == nil && rec.Tenant != tenant:
		return reply.Record{}, functions.Errorf(http.StatusNotFound, "request %s was never seen here", id)
	case errors.Is(err, reply.ErrExpired):
		return reply.Record{}, functions.Errorf(http.StatusGone, "request %s has expired and its reply is gone", id)
	case err != nil:
		return reply.Record{}, storeError(err)
	default:
		return rec, a.checkPage(r, rec)
	}
}

// scopesOf are the scopes of the chain of a request.
func (a *Adapter) scopesOf(rec reply.Record) functions.Scopes {
	for _, rt := range a.routes {
		if rt.chain.Name == rec.Chain {
			return rt.chain.Scopes
		}
	}
	return functions.Scopes{}
}

// fetching has Drain wait until h has answered.
func (a *Adapter) fetching(h func(http.ResponseWriter, *http.Request, string)) func(http.ResponseWriter, *http.Request, string) {
	return func(w http.ResponseWriter, r *http.Request, tenant string) {
		a.fetches.enter()
		defer a.fetches.leave()
		h(w, r, tenant)
	}
}

// patient returns r for who asks the store several times, and waits between for as
// long as his client does: all of it takes no longer than one call of a store that
// does not answer.
func patient(r *http.Request, wait time.Duration) (*http.Request, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(r.Context(), wait+storePatience+storeSettles)
	return r.WithContext(ctx), cancel
}

// handleFetch answers GET /requests/{id}.
func (a *Adapter) handleFetch(w http.ResponseWriter, r *http.Request, tenant string) {
	w.Header().Add("Vary", "Accept")
	pref, arrived := parsePrefer(r.Header["Prefer"]), time.Now()
	streamed := wantsStream(r)
	if pref.wait = min(pref.wait, maxLongPoll); streamed {
		pref.wait = 0
	}
	asking, cancel := patient(r, pref.wait)
	defer cancel()
	rec, err := a.find(asking, tenant)
	if err == nil {
		err = hasScope(r, a.scopesOf(rec).Fetch)
	}
	if err == nil && streamed {
		a.stream(w, r, asking, rec)
		return
	}
	if err == nil && rec.State == reply.Pending && pref.waits {
		rec, err = a.longPoll(asking, tenant, rec, arrived.Add(pref.wait))
	}
	x := exchange{id: rec.ID, text: rec.ID.String(), tenant: tenant, base: a.linkBase(r)}
	switch {
	case err != nil:
		a.fail(w, &exchange{}, err)
	case rec.State == reply.Completed:
		x.mode = fetchMode(r, rec.Reply.Event.DataContentType())
		a.respond(w, &x, &rec.Reply.Event)
		a.delivered(r, rec.ID)
	case rec.State == reply.Cancelled:
		a.fail(w, &exchange{}, errCancelled)
	case a.overdueElsewhere(rec):
		a.fail(w, &exchange{}, noReply())
	default:
		a.accepted(w, &x, pref)
	}
}

func noReply() error {
	return &functions.Error{RetryAfter: pollAfter, Problem: functions.Problem{
		Status: http.StatusGatewayTimeout,
		Detail: "the deadline of the request has passed and no reply has come; a late one may still come",
	}}
}

// overdueElsewhere reports whether a request that no function of this process
// works on is past its deadline.
func (a *Adapter) overdueElsewhere(rec reply.Record) bool {
	return time.Now().After(rec.Deadline) && a.calls.find(rec.ID) == nil
}

// longPoll waits until the request is no longer pending, or for as long as its caller
// does, which the time that the store has taken is part of.
func (a *Adapter) longPoll(r *http.Request, tenant string, rec reply.Record, until time.Time) (reply.Record, error) {
	if !a.watchers.enter() {
		return rec, tooManyWatchers()
	}
	defer a.watchers.leave()
	until = earlier(until, a.platformLimit(r, time.Now()))
	wt := a.observe(r.Context(), rec.ID, until)
	defer a.waiters.unsubscribe(wt)
	rec, err := a.find(r, tenant) // it may have ended before
	if err != nil || rec.State != reply.Pending {
		return rec, err
	}
	_, _ = wt.await(r.Context(), until, a.draining)
	return a.find(r, tenant)
}

func tooManyWatchers() error {
	return &functions.Error{RetryAfter: pollAfter, Problem: functions.Problem{
		Status: http.StatusTooManyRequests,
		Detail: "too many connections wait for replies; ask again without wait, or later",
	}}
}

// fetchMode returns how a reply of a type is written: as plain HTTP, unless the
// caller asks for an event. A type that is not accepted is sent all the same,
// rather than nothing (RFC 9110 section 12.4.1).
func fetchMode(r *http.Request, contentType string) cloudevents.Mode {
	mediaType, _, _ := strings.Cut(contentType, ";")
	if accept.Parse(r.Header["Accept"]).Prefers(cloudevents.StructuredType, strings.TrimSpace(mediaType)) {
		return cloudevents.Structured
	}
	return cloudevents.None
}

// handleCancel answers DELETE /requests/{id}.
func (a *Adapter) handleCancel(w http.ResponseWriter, r *http.Request, tenant string) {
	asking, cancel := patient(r, 0)
	defer cancel()
	rec, err := a.find(asking, tenant)
	if err == nil {
		err = hasScope(r, a.scopesOf(rec).Cancel)
	}
	if err == nil {
		err = a.store.Cancel(asking.Context(), rec.ID)
	}
	var own *functions.Error
	switch {
	case err == nil:
		if c := a.calls.find(rec.ID); c != nil {
			_, _ = c.apply(cancelled, nil)
		}
		a.waiters.wake(rec.ID, outcome{cancelled: true})
		w.WriteHeader(http.StatusNoContent)
	case errors.As(err, &own):
		a.fail(w, &exchange{}, err)
	case errors.Is(err, reply.ErrCompleted):
		x := exchange{text: rec.ID.String(), base: a.linkBase(r)}
		a.fail(w, &exchange{}, functions.Errorf(http.StatusConflict,
			"request %s has completed; GET %s gives its reply", x.text, x.location()))
	case errors.Is(err, reply.ErrExpired), errors.Is(err, reply.ErrUnknown): // between the look and the cancel
		a.fail(w, &exchange{}, functions.Errorf(http.StatusGone, "request %s has expired", rec.ID))
	default:
		a.fail(w, &exchange{}, storeError(err))
	}
}
