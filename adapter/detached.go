package adapter

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
)

// detached runs a call that may outlive its connection. With "respond-async"
// its reply is promised before it starts; with "wait" alone only when the wait
// runs out.
func (a *Adapter) detached(w http.ResponseWriter, r *http.Request, c *call) {
	if c.ask.prefer.async {
		c.mu.Lock()
		err := a.register(r.Context(), c)
		c.mu.Unlock()
		if err != nil {
			a.calls.remove(c)
			a.fail(w, &c.exchange, err)
			return
		}
	}
	a.launchAndAwait(w, r, c)
}

// launchAndAwait runs the chain on a goroutine of its own, and holds the
// connection for its reply.
func (a *Adapter) launchAndAwait(w http.ResponseWriter, r *http.Request, c *call) {
	wt := a.room.join(c.id)
	defer a.room.leave(wt)
	defer c.leave()
	c.shared.Store(true)
	defer a.calls.remove(c)
	if a.cfg.FreezesAfterResponse && !c.ends {
		a.handOver(r, c)
	} else {
		a.launch(r.Context(), c)
	}
	a.await(w, r, c, wt)
}

// launch runs the chain on a goroutine of its own.
func (a *Adapter) launch(ctx context.Context, c *call) {
	ctx = context.WithoutCancel(ctx)
	c.work.start(ctx, c.workUntil())
	go a.carry(ctx, c)
}

// handOver gives the event to whoever runs the chain, before anything is
// answered: behind the answer this process stands still.
func (a *Adapter) handOver(r *http.Request, c *call) {
	until := c.workUntil()
	if limit, limited := a.platformLimit(r, c); limited {
		until = earlier(until, limit)
	}
	ctx := context.WithoutCancel(r.Context())
	c.work.start(ctx, until)
	a.carry(ctx, c)
}

// carry carries the event of c and ends its part of the call.
func (a *Adapter) carry(ctx context.Context, c *call) {
	defer a.calls.remove(c)
	defer c.work.cancel()
	var out carrier.Result
	err := errExited // unless Carry returns
	defer func() { a.ended(ctx, c, out, err) }()
	out, err = c.carrier.Carry(&c.work, c.in, c.progress.add)
}

// ended is called when the carrier of a launched call has returned.
func (a *Adapter) ended(ctx context.Context, c *call, out carrier.Result, err error) {
	if out.Accepted && !c.route.remote {
		out, err = carrier.Result{}, errUnexpected
	}
	if !out.Accepted {
		a.finish(ctx, c, out.Event, err)
		return
	}
	if a.poller != nil { // what comes is kept in any case
		if c.holds() {
			a.look(ctx, c)
		}
		return
	}
	err = nil
	c.mu.Lock() // from now on the reply may come when nobody waits any more
	if !c.over {
		err = a.register(context.WithoutCancel(ctx), c)
	}
	c.mu.Unlock()
	if err != nil {
		a.finish(ctx, c, nil, err)
	}
}

// holds says whether the caller wants its connection held.
func (c *call) holds() bool { return !c.ask.prefer.async || c.ask.prefer.waits }

// await holds the connection of a launched call until its reply is there or
// the wait ends.
func (a *Adapter) await(w http.ResponseWriter, r *http.Request, c *call, wt *waiter) {
	if !c.holds() {
		a.answerAsync(w, c, wt)
		return
	}
	timer := time.NewTimer(time.Until(c.hold))
	defer timer.Stop()
	select {
	case o := <-wt.outcome:
		a.conclude(w, c, o)
	case <-timer.C:
		a.waitEnded(w, r, c, wt)
	case <-r.Context().Done():
		c.clientGone()
		a.fail(w, &c.exchange, errClientGone)
	case <-a.aborted:
		w.Header().Set("Connection", "close")
		a.fail(w, &c.exchange, errDraining)
	}
}

// answerAsync answers a call whose caller will fetch the reply: 202, unless the
// event could not be handed over.
func (a *Adapter) answerAsync(w http.ResponseWriter, c *call, wt *waiter) {
	if a.cfg.FreezesAfterResponse {
		select {
		case o := <-wt.outcome:
			a.conclude(w, c, o)
			return
		default:
		}
	}
	a.accepted(w, c.id, c.ask.prefer)
}

// conclude answers with the outcome of a call.
func (a *Adapter) conclude(w http.ResponseWriter, c *call, o outcome) {
	switch {
	case o.reply != nil:
		c.ask.prefer.markApplied(w.Header())
		a.respond(w, &c.exchange, &o.reply.Event)
	case o.cancelled:
		a.fail(w, &c.exchange, errCancelled)
	default: // another call holds the key now, and its reply counts
		a.fail(w, &c.exchange, storeError(reply.ErrSuperseded))
	}
}

// waitEnded answers a connection whose wait is over while the work goes on.
func (a *Adapter) waitEnded(w http.ResponseWriter, r *http.Request, c *call, wt *waiter) {
	c.mu.Lock()
	var err error
	if !c.over {
		err = a.registerLate(r.Context(), c)
	}
	over, came := c.over && !c.registered, c.came
	c.mu.Unlock()
	switch {
	case came: // between the last look and now
		a.concludeStored(w, r, c)
	case over: // it has ended this very moment; the reply is on its way
		a.conclude(w, c, <-wt.outcome)
	case err != nil:
		c.stopWork(err)
		a.fail(w, &c.exchange, err)
	case c.ask.prefer.async || c.ask.prefer.waits:
		a.accepted(w, c.id, c.ask.prefer)
	default:
		a.late(w, &c.exchange, !c.ends)
	}
}

// concludeStored answers with the reply that the store has.
func (a *Adapter) concludeStored(w http.ResponseWriter, r *http.Request, c *call) {
	rec, err := a.store.Lookup(r.Context(), c.id)
	if err != nil || rec.State != reply.Completed {
		a.late(w, &c.exchange, true)
		return
	}
	a.conclude(w, c, outcome{reply: &rec.Reply})
}

// finish makes the end of a chain the reply of its request.
func (a *Adapter) finish(ctx context.Context, c *call, out *event.Event, err error) {
	ev := a.result(c, out, err)
	_, registered := c.end()
	rep := reply.Reply{Request: a.request(c), Event: ev}
	rep.Progress, _ = c.progress.since(0)
	if !registered {
		a.room.deliver(c.id, outcome{reply: &rep})
		return
	}
	ctx = context.WithoutCancel(ctx)
	if err := a.complete(ctx, rep); err != nil && !settled(err) {
		a.logStore(ctx, c.id, "complete a call", err)
		rep.Event = a.result(c, nil, storeError(err))
		a.room.deliver(c.id, outcome{reply: &rep})
	}
}

// complete puts a reply into the store and wakes those who wait for it here.
func (a *Adapter) complete(ctx context.Context, rep reply.Reply) error {
	err := a.store.Complete(ctx, rep)
	switch {
	case err == nil:
		a.room.deliver(rep.ID, outcome{reply: &rep})
	case errors.Is(err, reply.ErrCancelled):
		a.room.deliver(rep.ID, outcome{cancelled: true})
	case errors.Is(err, reply.ErrSuperseded):
		a.room.deliver(rep.ID, outcome{})
	case errors.Is(err, reply.ErrCompleted) && a.poller != nil: // nobody else tells those who wait here
		if rec, lerr := a.store.Lookup(ctx, rep.ID); lerr == nil && rec.State == reply.Completed {
			a.room.deliver(rep.ID, outcome{reply: &rec.Reply})
		}
	}
	if rep.Key != "" && passes(rep.Event) && !errors.Is(err, reply.ErrCompleted) { // else the key belongs to the reply that counts
		if rerr := a.store.Release(ctx, rep.Key, rep.ID); rerr != nil {
			a.logStore(ctx, rep.ID, "release an idempotency key", rerr)
		}
	}
	return err //nolint:wrapcheck // a sentinel of the store
}

// settled says whether an error of Complete tells what became of the request:
// those who wait for it have heard.
func settled(err error) bool {
	return errors.Is(err, reply.ErrCancelled) || errors.Is(err, reply.ErrSuperseded) || errors.Is(err, reply.ErrCompleted)
}
