package adapter

import (
	"context"
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

)

// held runs a call on the goroutine of its connection, without a goroutine, a
// registration or a write to the store of its own.
//
// A function may ignore its context, and Go cannot stop it. So a timer watches
// the call: when the wait ends and the chain has not, the watchdog answers on
// the connection in the handler's place, the call is registered, and its late
// reply goes to the store. The connection is closed after that answer, since
// its goroutine is still busy.
func (a *Adapter) held(w http.ResponseWriter, r *http.Request, c *call) {
	defer a.leaveHeld(w, r, c)
	a.startWork(w, r, c)
	if c.route.remote {
		a.heldRemote(w, r, c)
		return
	}
	out, err := c.carrier.Carry(&c.work, c.in, nil)
	c.returned = true
	if out.Accepted {
		err = errUnexpected
	}
	a.answerHeld(w, r, c, out.Event, err)
}

// heldRemote is held for a chain whose reply may come to the store.
func (a *Adapter) heldRemote(w http.ResponseWriter, r *http.Request, c *call) {
	wt := a.room.join(c.id) // before the event goes out, or the reply could come first
	defer a.room.leave(wt)
	out, err := c.carrier.Carry(&c.work, c.in, nil)
	c.returned = true
	switch {
	case !out.Accepted && len(wt.outcome) == 0:
		a.answerHeld(w, r, c, out.Event, err)
	case !c.unwatch():
		defer c.leave()
		a.look(r.Context(), c)
		a.await(w, r, c, wt)
	}
}

// answerHeld answers a call whose chain has ended, unless the watchdog has.
func (a *Adapter) answerHeld(w http.ResponseWriter, r *http.Request, c *call, out *event.Event, err error) {
	answered, registered := c.end()
	switch {
	case registered:
		a.finish(r.Context(), c, out, err)
	case answered:
	case err != nil && r.Context().Err() != nil:
		a.fail(w, &c.exchange, errClientGone)
	case err != nil:
		a.fail(w, &c.exchange, c.because(err))
	default:
		a.respond(w, &c.exchange, out)
	}
}

// leaveHeld is called when the goroutine of a held call leaves it, by its return
// or because a function has ended the goroutine by runtime.Goexit.
func (a *Adapter) leaveHeld(w http.ResponseWriter, r *http.Request, c *call) {
	if !c.returned {
		a.exited(w, r, c)
	}
	if c.stopGone != nil {
		c.stopGone()
	}
	c.work.cancel()
	a.calls.remove(c)
}

// startWork starts the context of the functions of a held call, and its
// watchdog. The context ends with the work's time, or when the client goes away,
// unless the work may go on behind an answer that the connection has to be given
// before.
func (a *Adapter) startWork(w http.ResponseWriter, r *http.Request, c *call) {
	until := c.workUntil()
	if !c.hold.Before(until) {
		c.work.start(r.Context(), until)
	} else {
		c.work.start(context.WithoutCancel(r.Context()), until)
		c.stopGone = context.AfterFunc(r.Context(), c.clientGone)
	}
	c.watch(time.AfterFunc(time.Until(c.hold), func() { a.overdue(w, r, c) }))
}

// exited answers a held call whose goroutine ends without a result. net/http
// will not finish the answer, so it is sent at once.
func (a *Adapter) exited(w http.ResponseWriter, r *http.Request, c *call) {
	answered, registered := c.end()
	switch {
	case registered:
		a.finish(r.Context(), c, nil, errExited)
	case !answered:
		w.Header().Set("Connection", "close")
		a.fail(w, &c.exchange, errExited)
		_ = http.NewResponseController(w).Flush() // a client that is gone needs no answer
	}
}

// watch arms the call with its watchdog.
func (c *call) watch(t *time.Timer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watchdog = t
	if c.why != nil { // aborted before there was a watchdog to hear of it
		t.Reset(abortGrace)
	}
}

// unwatch takes the watchdog away, and says whether it has answered already.
func (c *call) unwatch() (answered bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watchdog.Stop()
	c.watchdog = nil
	return c.answered
}

// end says that the chain has ended, and whether the connection was answered
// before and the call registered. It waits for a watchdog that is at work.
func (c *call) end() (answered, registered bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	if c.watchdog != nil {
		c.watchdog.Stop()
	}
	return c.answered, c.registered
}

// clientGone stops the work of a call that nobody waits for any more. A
// registered call goes on: its reply can be fetched.
func (c *call) clientGone() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.registered && !c.over {
		c.stopLocked(errClientGone)
	}
}

// registerOverdue makes the store promise to keep the late reply of a call,
// unless there will be none. The caller holds c.mu.
func (a *Adapter) registerOverdue(ctx context.Context, c *call) {
	if c.ends {
		c.stopLocked(context.DeadlineExceeded)
		return
	}
	if err := a.registerLate(ctx, c); err != nil {
		a.logStore(ctx, c.id, "register an overdue call", err)
	}
}

// overdue is the watchdog of a held call.
func (a *Adapter) overdue(w http.ResponseWriter, r *http.Request, c *call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over || c.answered || r.Context().Err() != nil {
		return
	}
	ctx := context.WithoutCancel(r.Context())
	c.answered = true
	w.Header().Set("Connection", "close")
	if c.why != nil { // draining
		a.fail(w, &c.exchange, c.why)
	} else {
		a.registerOverdue(ctx, c)
		a.late(w, &c.exchange, c.registered)
	}
	_ = http.NewResponseController(w).Flush() // a client that is gone needs no answer
}
