package adapter

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/backoff"
)

const (
	// maxClaims is how often a call tries to get a key whose holders end without
	// a reply.
	maxClaims = 8
	// registering is for how long a call that has claimed its key is at least
	// waited for until it is registered.
	registering = 1500 * time.Millisecond
)

// keyed runs a call under its idempotency key, or joins the call that holds it.
func (a *Adapter) keyed(w http.ResponseWriter, r *http.Request, c *call) {
	c.ask.key = c.tenant + "\x00" + c.ask.key // keys are in the scope of their tenant
	c.lease = &lease{claim: reply.Claim{
		Key: c.ask.key, Tenant: c.tenant, Fingerprint: fingerprint(c.route.chain.Name, c.in), Owner: c.id,
		Lease: c.deadline.Add(leaseMargin), Expires: c.deadline.Add(a.cfg.Retention),
	}}
	// Not with the client: a claim that is cut short would hold the key for a call that never runs.
	lasting := context.WithoutCancel(r.Context())
	ctx, cancel := context.WithDeadline(lasting, later(c.responseDeadline, time.Now()).Add(storePatience))
	defer cancel()
	for n := range maxClaims {
		holder, err := a.store.Claim(ctx, c.lease.short())
		if err == nil && holder != c.id {
			a.calls.admission.joined(c) // it does no work here, and the holder may wait for its place
		}
		switch {
		case err != nil:
			a.reject(w, c, claimError(err))
			if !errors.Is(err, reply.ErrKeyReused) && !errors.Is(err, reply.ErrFull) {
				go a.giveUpKey(lasting, c.ask.key, c.id)
			}
			return
		case holder == c.id && n == 0:
			a.own(ctx, w, r, c, nil)
			return
		case holder == c.id:
			a.own(ctx, w, r, c, a.admitCall(r, c))
			return
		case a.joinHolder(ctx, w, r, c, holder):
			a.calls.release(c)
			return
		}
	}
	a.reject(w, c, superseded())
}

// own runs a call that holds its key. It goes on if its client goes away: a
// retry with the same key will ask for its reply. ctx bounds what comes before. err is
// why it may not run after all, or nil.
func (a *Adapter) own(ctx context.Context, w http.ResponseWriter, r *http.Request, c *call, err error) {
	lasting := context.WithoutCancel(r.Context())
	if err == nil {
		err = a.promise(ctx, c)
	}
	if err != nil {
		a.dropKey(lasting, c)
		a.calls.release(c)              // first: who joins from now on sees that nobody runs
		a.waiters.wake(c.id, outcome{}) // those who joined try to get the key
		a.fail(w, &c.exchange, err)
		return
	}
	a.renewLater(lasting, c.lease, renewEvery)
	a.launch(w, r, c)
}

// joinHolder answers with the reply of the call that holds the key, waiting for
// it if need be. It returns false if that call ended without a reply, or is not
// at work any more. ctx bounds what is asked of the store.
func (a *Adapter) joinHolder(ctx context.Context, w http.ResponseWriter, r *http.Request, c *call, holder reply.ID) (answered bool) {
	begin := time.Now()
	wt := a.observe(r.Context(), holder, c.responseDeadline)
	defer a.waiters.unsubscribe(wt)
	var is standing
	for n := 0; ; n++ {
		rec, now, err := a.inspect(ctx, c.ask.key, holder)
		if err == nil { // else as before
			is = now
		}
		until, pause := c.responseDeadline, renewEvery
		switch {
		case err != nil && n == 0:
			a.fail(w, &c.exchange, storeError(err))
			return true
		case is == ended:
			return false
		case is == completed:
			a.replay(w, c, rec.Reply)
			return true
		case is == unregistered: // nobody is referred to a request that cannot be fetched
			until, pause = later(until, begin.Add(registering)), backoff.Exponential(n, time.Millisecond, renewSoon)
		}
		o, in := wt.await(r.Context(), earlier(time.Now().Add(pause), until), a.aborted)
		if in != waitEnded || !time.Now().Before(until) {
			return a.respondJoined(w, c.as(holder), c, o, in, is)
		}
		if pause >= renewSoon && !a.holds(ctx, c, holder) {
			return false
		}
	}
}

// respondJoined answers a call that has joined another, x, and waits no longer.
// It returns false if that has ended without a reply.
func (a *Adapter) respondJoined(w http.ResponseWriter, x *exchange, c *call, o outcome, in input, is standing) bool {
	switch {
	case in == waitEnded && is == unregistered:
		a.fail(w, &c.exchange, notBegun())
	case in == waitEnded:
		a.respondLater(w, x, &c.ask)
	case in != arrived:
		a.fail(w, &c.exchange, in.reason())
	case o.err != nil:
		a.fail(w, &c.exchange, o.err)
	case o.cancelled:
		a.fail(w, &c.exchange, errCancelled)
	case o.reply == nil:
		return false
	default:
		a.replay(w, c, *o.reply)
	}
	return true
}

// standing is how the call that holds a key stands.
type standing int8

const (
	pending      standing = iota // registered and not completed
	unregistered                 // it has claimed its key this very moment, or died behind that
	completed                    // by a reply that the key belongs to
	ended                        // and needs the key no longer
)

// inspect returns how the call that holds a key stands. It releases the key of
// one that has ended.
func (a *Adapter) inspect(ctx context.Context, key string, holder reply.ID) (reply.Record, standing, error) {
	over := holder.Mailbox() == a.cfg.Mailbox && a.calls.find(holder) == nil // asked first: what it has done is in the store by then
	rec, err := a.store.Lookup(ctx, holder)
	switch {
	case errors.Is(err, reply.ErrExpired):
		return rec, ended, nil
	case errors.Is(err, reply.ErrUnknown) && !over:
		return rec, unregistered, nil
	case err != nil && !errors.Is(err, reply.ErrUnknown), err == nil && rec.State == reply.Pending:
		return rec, pending, err
	case err == nil && rec.State == reply.Completed && !passes(rec.Reply.Event):
		return rec, completed, nil
	default: // its claim has come through and not the answer; or it was just being released
		return rec, ended, a.store.Release(ctx, key, holder)
	}
}

// holds reports whether a call still holds the key of c, as far as the store
// can tell. If not, c does, or another.
func (a *Adapter) holds(ctx context.Context, c *call, holder reply.ID) bool {
	now, err := a.store.Claim(ctx, c.lease.short())
	return err != nil || now == holder
}

// dropKey releases the key of a call that does not run.
func (a *Adapter) dropKey(ctx context.Context, c *call) {
	within, cancel := context.WithTimeout(ctx, lateRegister)
	defer cancel()
	if err := a.store.Release(within, c.ask.key, c.id); err != nil {
		a.logStore(ctx, c.id, "release an idempotency key", err)
		go a.giveUpKey(ctx, c.ask.key, c.id)
	}
}

// giveUpKey releases a key whose claim may have come through although the store
// did not answer: nobody runs under it.
func (a *Adapter) giveUpKey(ctx context.Context, key string, owner reply.ID) {
	const attempts, longest = 12, 5 * time.Second // about 40 s
	for n := range attempts {
		if a.store.Release(ctx, key, owner) == nil || a.isDraining() || !backoff.Sleep(ctx, backoff.Delay(n, longest)) {
			return
		}
	}
}

// replay answers with the reply of an earlier call under the same key.
func (a *Adapter) replay(w http.ResponseWriter, c *call, rep reply.Reply) {
	w.Header().Set("Idempotency-Replayed", "true")
	c.ask.prefer.markApplied(w.Header())
	a.respond(w, c.as(rep.ID), &rep.Event)
}

// as returns the exchange of c with the id of the call that it has joined.
func (c *call) as(holder reply.ID) *exchange {
	x := c.exchange
	x.id, x.text = holder, holder.String()
	return &x
}

func claimError(err error) error {
	if errors.Is(err, reply.ErrKeyReused) {
		return functions.Errorf(http.StatusUnprocessableEntity,
			"header Idempotency-Key: this key was used for another call; use a new key for another route, query, header or body")
	}
	return storeError(err)
}

// notBegun is the problem of a call whose key is held by one that cannot be
// fetched.
func notBegun() error {
	return &functions.Error{RetryAfter: pollAfter, Cause: reply.ErrUnknown, Problem: functions.Problem{
		Status: http.StatusServiceUnavailable,
		Detail: "the call that holds this Idempotency-Key has not begun yet; send this one again",
	}}
}

// superseded is the problem of a call whose reply does not count, since it has
// lost its key.
func superseded() error {
	return &functions.Error{RetryAfter: pollAfter, Cause: reply.ErrSuperseded, Problem: functions.Problem{
		Status: http.StatusServiceUnavailable,
		Detail: "this call does not hold its Idempotency-Key any more; send it again to get the reply that counts",
	}}
}

// fingerprint returns what distinguishes one call from another: a hash over what
// the functions see of it, less what is another for every call. So the same
// event is the same call in every mode.
func fingerprint(chain string, ev event.Event) [sha256.Size]byte {
	h := sha256.New()
	add := func(parts ...string) {
		for _, p := range parts {
			h.Write(binary.AppendUvarint(nil, uint64(len(p)))) // so that parts cannot run into each other
			h.Write([]byte(p))
		}
	}
	add(chain, ev.Type(), ev.Source(), ev.Subject(), ev.DataSchema(), ev.DataContentType())
	extensions := ev.Extensions()
	for _, name := range slices.Sorted(maps.Keys(extensions)) {
		if ofEveryCall(name) {
			continue
		}
		text, err := types.Format(extensions[name])
		if err != nil { // not of CloudEvents: its text is as good
			text = fmt.Sprint(extensions[name])
		}
		add(name, text)
	}
	add(string(ev.DataEncoded))
	return [sha256.Size]byte(h.Sum(nil))
}

// ofEveryCall reports whether an attribute has another value for every call, or
// may have for a retry of the same.
func ofEveryCall(name string) bool {
	switch name {
	case functions.AttrCorrelationID, functions.AttrCausationID, functions.AttrExpiryTime,
		functions.AttrTraceParent, functions.AttrTraceState:
		return true
	default:
		return false
	}
}
