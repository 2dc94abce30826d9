package adapter

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// maxLongPoll is how long a fetch is held at most, whatever it prefers.
const maxLongPoll = 60 * time.Second

// find gives the record of the request that r names, or the problem to answer
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
		return rec, nil
	}
}

// handleFetch answers GET /requests/{id}.
func (a *Adapter) handleFetch(w http.ResponseWriter, r *http.Request, tenant string) {
	pref, err := parsePrefer(r.Header)
	if err != nil {
		a.fail(w, &exchange{}, err)
		return
	}
	rec, err := a.find(r, tenant)
	if err != nil {
		a.fail(w, &exchange{}, err)
		return
	}
	if wantsStream(r) {
		a.stream(w, r, rec)
		return
	}
	if rec.State == reply.Pending && pref.waits {
		rec, err = a.longPoll(r, tenant, rec, pref.wait)
	}
	switch {
	case err != nil:
		a.fail(w, &exchange{}, err)
	case rec.State == reply.Completed:
		x := newExchange(rec.ID)
		x.mode = fetchMode(r)
		a.respond(w, &x, &rec.Reply.Event)
	case rec.State == reply.Cancelled:
		a.fail(w, &exchange{}, errCancelled)
	case a.overdueElsewhere(rec):
		a.fail(w, &exchange{}, noReply())
	default:
		a.accepted(w, rec.ID, pref)
	}
}

func noReply() error {
	return &functions.Error{RetryAfter: pollAfter, Problem: functions.Problem{
		Status: http.StatusGatewayTimeout,
		Detail: "the deadline of the request has passed and no reply has come; a late one may still come",
	}}
}

// overdueElsewhere says whether a request that no function of this process
// works on is past its deadline.
func (a *Adapter) overdueElsewhere(rec reply.Record) bool {
	return time.Now().After(rec.Deadline) && a.calls.find(rec.ID) == nil
}

// longPoll waits until the request is no longer pending, for a while.
func (a *Adapter) longPoll(r *http.Request, tenant string, rec reply.Record, wait time.Duration) (reply.Record, error) {
	wait = a.holdAtMost(r, min(wait, maxLongPoll))
	if !a.watchers.enter() {
		return rec, tooManyWatchers()
	}
	defer a.watchers.leave()
	wt, leave := a.join(r.Context(), rec.ID, time.Now().Add(wait))
	defer leave()
	rec, err := a.find(r, tenant) // it may have ended before we joined
	if err != nil || rec.State != reply.Pending {
		return rec, err
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-wt.outcome:
	case <-timer.C:
	case <-r.Context().Done():
	case <-a.draining:
	}
	return a.find(r, tenant)
}

func tooManyWatchers() error {
	return &functions.Error{RetryAfter: pollAfter, Problem: functions.Problem{
		Status: http.StatusTooManyRequests,
		Detail: "too many connections wait for replies; ask again without wait, or later",
	}}
}

// fetchMode is how a reply is written: as plain HTTP, unless the caller asks
// for an event.
func fetchMode(r *http.Request) cloudevents.Mode {
	if strings.Contains(strings.ToLower(r.Header.Get("Accept")), cloudevents.StructuredType) {
		return cloudevents.Structured
	}
	return cloudevents.None
}

// handleCancel answers DELETE /requests/{id}.
func (a *Adapter) handleCancel(w http.ResponseWriter, r *http.Request, tenant string) {
	rec, err := a.find(r, tenant)
	if err == nil {
		err = a.store.Cancel(r.Context(), rec.ID)
	}
	var own *functions.Error
	switch {
	case err == nil:
		if c := a.calls.find(rec.ID); c != nil {
			c.stopWork(errCancelled)
		}
		a.room.deliver(rec.ID, outcome{cancelled: true})
		w.WriteHeader(http.StatusNoContent)
	case errors.As(err, &own):
		a.fail(w, &exchange{}, err)
	case errors.Is(err, reply.ErrCompleted):
		a.fail(w, &exchange{}, functions.Errorf(http.StatusConflict,
			"request %s has completed; GET %s gives its reply", rec.ID, location(rec.ID)))
	case errors.Is(err, reply.ErrExpired), errors.Is(err, reply.ErrUnknown): // between the look and the cancel
		a.fail(w, &exchange{}, functions.Errorf(http.StatusGone, "request %s has expired", rec.ID))
	default:
		a.fail(w, &exchange{}, storeError(err))
	}
}
