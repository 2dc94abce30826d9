package adapter

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/remote"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/httpbody"
	"github.com/homing-dev/homing/internal/problem"
)

// handleReply answers PUT /requests/{id}/reply, by which a vertex in another
// process completes a request: 204 if this reply counts, 409 if another does,
// 410 if nobody wants it any more, 403 if its token is not for this request,
// 413 if it is too large, 421 (RFC 9110 section 15.5.20) if another replica of
// the adapter waits for it. A reply that is too large for the store has ended
// its request as an error reply.
func (a *Adapter) handleReply(w http.ResponseWriter, r *http.Request) {
	id, err := reply.ParseID(r.PathValue("id"))
	if err != nil {
		a.fail(w, &exchange{}, functions.Errorf(http.StatusNotFound, "%q is no request id: %w", r.PathValue("id"), err))
		return
	}
	if id.Mailbox() != a.cfg.Mailbox && !a.cfg.SharedStore {
		a.refuseReply(w, remote.ErrMisdirected)
		return
	}
	ev, err := a.readReply(w, r, id)
	if err == nil {
		err = a.arrive(r.Context(), id, ev)
	}
	if err != nil {
		a.refuseReply(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (a *Adapter) refuseReply(w http.ResponseWriter, err error) {
	p, known := remote.Problem(err)
	_, isProblem := errors.AsType[*functions.Error](err)
	switch {
	case errors.Is(err, reply.ErrTooLarge):
		err = functions.Errorf(http.StatusRequestEntityTooLarge, "%w; the request has ended with an error that says so", err)
	case known:
		err = p
	case !isProblem:
		err = storeError(err)
	}
	a.fail(w, &exchange{}, err)
}

// readReply reads the reply event of id and takes off it what was only for the
// vertices.
func (a *Adapter) readReply(w http.ResponseWriter, r *http.Request, id reply.ID) (event.Event, error) {
	data, err := httpbody.Read(w, r, a.cfg.MaxReply)
	if err != nil {
		return event.Event{}, err
	}
	ev, err := cloudevents.Read(r.Header, data)
	if err != nil {
		return event.Event{}, problem.Unreadable(err)
	}
	token := functions.Attribute(ev, functions.AttrReplyToken)
	if a.cfg.ReplyKeys.Verify(token, id, time.Now()) != nil {
		return event.Event{}, remote.ErrForbidden
	}
	ec := ev.Context.AsV1()
	for _, attr := range []string{functions.AttrReplyToken, functions.AttrReplyTo, functions.AttrRoutingSlip} {
		delete(ec.Extensions, attr)
	}
	ev.Context = ec
	if _, ok := functions.Status(ev); !ok {
		return event.Event{}, functions.Errorf(http.StatusBadRequest, "%w", errStatus)
	}
	return ev, nil
}

// arrive brings a reply to those who wait for it: at once if only a connection
// here was promised it, else by the store.
func (a *Adapter) arrive(ctx context.Context, id reply.ID, ev event.Event) error {
	if c := a.calls.find(id); c != nil {
		switch do, _ := c.apply(arrived, nil); do { //nolint:exhaustive // else the store decides
		case respond:
			a.waiters.wake(id, outcome{reply: &reply.Reply{Request: a.request(c), Event: ev}})
			return nil
		case refuse:
			return reply.ErrCompleted
		}
	}
	rec, err := a.store.Lookup(ctx, id)
	if errors.Is(err, reply.ErrUnknown) {
		if id.Mailbox() == a.cfg.Mailbox {
			return reply.ErrExpired // the token says that it was ours: its caller is gone
		}
		now := time.Now() // the store wakes the replica that waits for it
		rec.Request, err = reply.Request{ID: id, Deadline: now, Expires: now.Add(a.cfg.Retention)}, nil
	}
	if err != nil {
		return err //nolint:wrapcheck // a sentinel of the store, made a status by the caller
	}
	return a.complete(context.WithoutCancel(ctx), reply.Reply{Request: rec.Request, Event: ev})
}
