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
// process completes a request. Its token is the header ce-replytoken in every
// mode, and nothing is read without it. The answer is 204 if this reply counts, 409
// if another does, 410 if nobody wants it any more, 403 if its token is not for this
// request, 413 if it is too large, 421 (RFC 9110 section 15.5.20) if another replica
// of the adapter waits for it, 429 or 503 if it may be sent again later. A reply that
// is too large for the store has ended its request as an error reply.
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
	if err := a.authorise(r.Header, id); err != nil {
		w.Header().Set("Connection", "close") // else net/http reads some of the body first
		a.refuseReply(w, err)
		return
	}
	if !a.replies.enter() {
		w.Header().Set("Connection", "close")
		a.fail(w, &exchange{}, tooManyReplies())
		return
	}
	defer a.replies.leave()
	var hold httpbody.Hold
	defer hold.Release()
	ev, err := a.readReply(w, r, &hold)
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
	case errors.Is(err, remote.ErrForbidden):
		p.Detail = "reply token refused: send that of this request, as the header ce-replytoken in every mode"
		err = p
	case errors.Is(err, reply.ErrTooLarge):
		err = functions.Errorf(http.StatusRequestEntityTooLarge, "%w; the request has ended with an error that says so", err)
	case known:
		err = p
	case !isProblem:
		err = storeError(err)
	}
	a.fail(w, &exchange{}, err)
}

// authorise checks by its header alone that a reply may complete the request id: a
// body of whoever has no token is not read. In every mode the token is the header
// ce-replytoken; within a structured event it is not looked for.
func (a *Adapter) authorise(header http.Header, id reply.ID) error {
	token := header[replyTokenHeader]
	if len(token) == 1 && a.cfg.ReplyKeys.Verify(token[0], id, time.Now()) == nil {
		return nil
	}
	_, err := cloudevents.Read(header, nil) // what the header alone makes unreadable is that first
	if err != nil && (cloudevents.ModeOf(header) != cloudevents.Structured || errors.Is(err, cloudevents.ErrUnsupported)) {
		return problem.Unreadable(err)
	}
	return remote.ErrForbidden
}

// replyTokenHeader is in the canonical form of net/http.
const replyTokenHeader = "Ce-Replytoken" //nolint:gosec // a name

func tooManyReplies() error {
	return &functions.Error{RetryAfter: time.Second, Problem: functions.Problem{
		Status: http.StatusTooManyRequests,
		Detail: "the server reads as many replies as it may; send this one again later",
	}}
}

// readReply reads a reply event and takes off it what was only for the vertices.
func (a *Adapter) readReply(w http.ResponseWriter, r *http.Request, hold *httpbody.Hold) (event.Event, error) {
	data, err := a.bodies.ReadReply(w, r, a.cfg.MaxReply, hold)
	if err != nil {
		return event.Event{}, err
	}
	ev, err := cloudevents.Read(r.Header, data)
	if err != nil {
		return event.Event{}, problem.Unreadable(err)
	}
	ec := ev.Context.AsV1()
	for _, attr := range []string{
		functions.AttrReplyToken, functions.AttrReplyTo, functions.AttrRoutingSlip, functions.AttrClaimCheck, functions.AttrCallback,
	} {
		delete(ec.Extensions, attr)
	}
	ev.Context = ec
	if _, _, err := replyHead(ev); err != nil {
		return event.Event{}, functions.Errorf(http.StatusBadRequest, "%w", err)
	}
	return canonical(ev, nil) // who has sent it need not be a vertex of ours
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
