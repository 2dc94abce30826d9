package adapter

import (
	"context"
	"net/http"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/problem"
)

// async runs a call whose work has a goroutine of its own: it may outlive its
// connection, or another process has the reply. With "respond-async" the reply
// is promised before the work starts; else only when the wait runs out.
func (a *Adapter) async(w http.ResponseWriter, r *http.Request, c *call) {
	if c.ask.prefer.async {
		if err := a.promise(r.Context(), c); err != nil {
			a.reject(w, c, err)
			return
		}
	}
	a.launch(w, r, c)
}

// promise has the store promise to keep the reply of c.
func (a *Adapter) promise(ctx context.Context, c *call) error {
	do, err := c.apply(promise, func() (input, error) { return a.register(ctx, c) })
	if err == nil && do != nothing {
		err = errDraining
	}
	return err
}

// launch runs the chain, and answers the connection with its reply, or with
// where that can be fetched.
func (a *Adapter) launch(w http.ResponseWriter, r *http.Request, c *call) {
	defer a.calls.release(c)
	wt := a.waiters.subscribe(c.id) // before the event goes out, or the reply could come first
	defer a.waiters.unsubscribe(wt)
	waits := c.ask.prefer.waits || !c.ask.prefer.async
	if !waits {
		_, _ = c.apply(waitEnded, nil) // it is promised
	}
	a.start(r.Context(), c, wt)
	switch {
	case waits:
		a.respondWhenThere(w, r, c, wt)
	case c.handsOver && len(wt.outcome) > 0: // the event has not reached it
		a.respondOutcome(w, c, <-wt.outcome)
	default:
		a.respondLater(w, &c.exchange, &c.ask)
	}
}

// start runs the chain of c on a goroutine of its own. An event that has to
// reach another process has when start returns.
func (a *Adapter) start(ctx context.Context, c *call, wt *waiter) {
	ctx = context.WithoutCancel(ctx)
	c.work.start(ctx, c.workUntil)
	c.holders.Add(1)
	if c.handsOver {
		a.carry(ctx, c, wt)
	} else {
		go a.carry(ctx, c, wt)
	}
}

// carry carries the event of c and ends its work.
func (a *Adapter) carry(ctx context.Context, c *call, wt *waiter) {
	defer a.calls.release(c)
	defer c.work.cancel()
	out, err := carrier.Result{}, problem.ErrExited // unless Carry returns
	defer func() { a.endWork(ctx, c, wt, out, err) }()
	if refused := a.admitLater(c); refused != nil { // err stays what it is until Carry returns
		err = refused
	} else {
		out, err = c.carrier.Carry(&c.work, c.in, c.progress.add)
	}
	c.letGo()
}

// endWork brings what the carrier has returned to where it belongs.
func (a *Adapter) endWork(ctx context.Context, c *call, wt *waiter, out carrier.Result, err error) {
	in := returned
	if out.Accepted && c.route.remote {
		in, c.elsewhere = accepted, true
	} else if out.Accepted {
		err = errUnexpected
	}
	if in == returned {
		defer c.lease.end()
	} else if c.handsOver {
		a.prolong(ctx, c.lease)
	}
	switch do, _ := c.apply(in, nil); do { //nolint:exhaustive // the others are for the connection
	case poll:
		a.poll(ctx, wt, c.route.chain.Name, c.responseDeadline)
	case respond:
		a.waiters.wake(c.id, outcome{reply: new(a.reply(c, out.Event, err))})
	case complete:
		a.completeCall(ctx, c, out.Event, err)
	}
}

// respondWhenThere answers the connection of c with its reply, or with why it
// waits no longer.
func (a *Adapter) respondWhenThere(w http.ResponseWriter, r *http.Request, c *call, wt *waiter) {
	o, in := wt.await(r.Context(), c.responseDeadline, a.aborted)
	if in == arrived {
		a.respondOutcome(w, c, o)
		if c.ask.prefer.async && o.reply != nil { // else it is not in the store, or was not promised
			a.delivered(r, c.id)
		}
		return
	}
	if in == waitEnded && c.endsWithResponse {
		in = cut
	}
	do, err := c.apply(in, a.registration(r.Context(), c))
	if do == takeReply {
		a.respondOutcome(w, c, <-wt.outcome)
		return
	}
	a.respondTo(r.Context(), w, c, in, do, err)
}

// respondTo answers the connection of c, which waits no longer because of in, as
// do demands. err is why the store has not promised to keep the reply, or nil.
func (a *Adapter) respondTo(ctx context.Context, w http.ResponseWriter, c *call, in input, do effect, err error) {
	switch {
	case do == respondLater:
		a.respondLater(w, &c.exchange, &c.ask)
	case do == respondStored:
		a.respondStored(ctx, w, c)
	case do == respondLost && (err == nil || !c.ask.prefer.given() && !c.route.remote):
		if err != nil {
			a.logStore(ctx, c.id, "register an overdue call", err)
		}
		a.late(w, &c.exchange, false)
	case err != nil:
		a.fail(w, &c.exchange, err)
	default:
		a.fail(w, &c.exchange, in.reason())
	}
}

// respondStored answers with the reply that the store has.
func (a *Adapter) respondStored(ctx context.Context, w http.ResponseWriter, c *call) {
	rec, err := a.store.Lookup(ctx, c.id)
	if err != nil || rec.State != reply.Completed {
		a.late(w, &c.exchange, true)
		return
	}
	a.respondOutcome(w, c, outcome{reply: &rec.Reply})
}

// respondOutcome answers with the outcome of a call.
func (a *Adapter) respondOutcome(w http.ResponseWriter, c *call, o outcome) {
	switch {
	case o.reply != nil:
		c.ask.prefer.markApplied(w.Header())
		a.respond(w, &c.exchange, &o.reply.Event)
	case o.err != nil:
		w.Header().Set("Location", c.location()) // whatever has come, or comes
		a.fail(w, &c.exchange, o.err)
	case o.cancelled:
		a.fail(w, &c.exchange, errCancelled)
	default: // another call holds the key now, and its reply counts
		a.fail(w, &c.exchange, superseded())
	}
}
