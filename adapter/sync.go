package adapter

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/internal/problem"
)

// errUnexpected is the error of a carrier that has passed the event on although
// no reply can come later.
var errUnexpected = errors.New("the event was accepted, but no reply can come to this adapter later")

// sync runs a call on the goroutine of its connection, without a goroutine, a
// registration or a write to the store of its own.
//
// A function may ignore its context, and Go cannot stop it. So a timer watches
// the call: at the response deadline overdue answers in the handler's place, the
// call is registered, and its late reply goes to the store. The connection is
// closed after that answer, since its goroutine is still busy.
//
// The context of the functions ends with the work's time, or when the client
// goes away. If the connection has to be answered before the work's time is
// over, the work may go on behind the answer: then it must not end with the
// context of the request.
func (a *Adapter) sync(w http.ResponseWriter, r *http.Request, c *call) {
	out, err := carrier.Result{}, problem.ErrExited // unless Carry returns
	defer func() { a.endSync(w, r, c, out, err) }()
	if c.responseDeadline.Before(c.workUntil) {
		c.work.start(context.WithoutCancel(r.Context()), c.workUntil)
		defer context.AfterFunc(r.Context(), func() { a.overdue(c, clientGone) })()
	} else {
		c.work.start(r.Context(), c.workUntil)
	}
	in := waitEnded
	if c.endsWithResponse {
		in = cut
	}
	defer time.AfterFunc(time.Until(c.responseDeadline), func() { a.overdue(c, in) }).Stop()
	out, err = c.carrier.Carry(&c.work, c.in, c.log.onProgress())
	c.letGo()
}

// endSync answers a sync call whose work has ended. It waits for an answer that
// is being written in its place.
func (a *Adapter) endSync(w http.ResponseWriter, r *http.Request, c *call, out carrier.Result, err error) {
	defer a.calls.release(c)
	defer c.work.cancel()
	c.conn.Lock()
	defer c.conn.Unlock()
	if out.Accepted {
		err = errUnexpected
	}
	switch do, _ := c.apply(returned, nil); {
	case do == complete:
		a.completeCall(r.Context(), c, out.Event, err)
	case do != respond: // overdue has answered
	case err == nil:
		a.respond(w, &c.exchange, out.Event)
	case r.Context().Err() != nil:
		a.fail(w, &c.exchange, errClientGone)
	default:
		a.fail(w, &c.exchange, err)
	}
	if errors.Is(err, problem.ErrExited) { // net/http will not finish the answer
		_ = http.NewResponseController(w).Flush() // a client that is gone needs no answer
	}
}

// overdue answers a sync call in the place of its busy goroutine, because of in.
// If c is no sync call, its connection will notice by itself.
func (a *Adapter) overdue(c *call, in input) {
	c.conn.Lock()
	defer c.conn.Unlock()
	if c.w == nil {
		_, _ = c.apply(in, nil)
		return
	}
	ctx := c.r.Context()
	if ctx.Err() != nil && in != drained {
		in = clientGone
	}
	do, err := c.apply(in, a.registration(ctx, c))
	if do < respondLater { // it was answered
		return
	}
	c.w.Header().Set("Connection", "close")
	a.respondTo(ctx, c.w, c, in, do, err)
	endTrace(c.w)
	_ = http.NewResponseController(c.w).Flush() // a client that is gone needs no answer
}
