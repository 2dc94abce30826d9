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

// maxClaims is how often a call tries to get a key whose holders end without a
// reply.
const maxClaims = 8

// keyed runs a call under its idempotency key, or joins the call that holds it.
func (a *Adapter) keyed(w http.ResponseWriter, r *http.Request, c *call) {
	c.ask.key = c.tenant + "\x00" + c.ask.key // keys are in the scope of their tenant
	c.lease = &lease{claim: reply.Claim{
		Key: c.ask.key, Tenant: c.tenant, Fingerprint: fingerprint(c.route.chain.Name, c.in), Owner: c.id,
		Lease: c.deadline.Add(leaseMargin), Expires: c.deadline.Add(a.cfg.Retention),
	}}
	ctx := context.WithoutCancel(r.Context()) // a claim that is cut short would hold the key for a call that never runs
	for range maxClaims {
		holder, err := a.store.Claim(ctx, c.lease.short())
		switch {
		case err != nil:
			a.reject(w, c, claimError(err))
			if !errors.Is(err, reply.ErrKeyReused) && !errors.Is(err, reply.ErrFull) {
				go a.giveUpKey(ctx, c.ask.key, c.id)
			}
			return
		case holder == c.id:
			a.own(w, r, c)
			return
		case a.joinHolder(w, r, c, holder):
			a.calls.release(c)
			return
		}
	}
	a.reject(w, c, superseded())
}

// own runs a call that holds its key. It goes on if its client goes away: a
// retry with the same key will ask for its reply.
func (a *Adapter) own(w http.ResponseWriter, r *http.Request, c *call) {
	ctx := context.WithoutCancel(r.Context())
	if err := a.promise(ctx, c); err != nil {
		a.dropKey(ctx, c)
		a.calls.release(c)              // first: who joins from now on sees that nobody runs
		a.waiters.wake(c.id, outcome{}) // those who joined try to get the key
		a.fail(w, &c.exchange, err)
		return
	}
	a.renewLater(ctx, c.lease, renewEvery)
	a.launch(w, r, c)
}

// joinHolder answers with the reply of the call that holds the key, waiting for
// it if need be. It returns false if that call ended without a reply.
func (a *Adapter) joinHolder(w http.ResponseWriter, r *http.Request, c *call, holder reply.ID) (answered bool) {
	wt := a.observe(r.Context(), holder, c.responseDeadline)
	defer a.waiters.unsubscribe(wt)
	over := holder.Mailbox() == a.cfg.Mailbox && a.calls.find(holder) == nil // asked first: what it has done is in the store by then
	rec, err := a.store.Lookup(r.Context(), holder)
	switch {
	case errors.Is(err, reply.ErrUnknown): // claimed this very moment and not yet registered, or released since
		if over {
			a.releaseKey(r.Context(), c.ask.key, holder) // its claim has come through, but not the answer
			return false
		}
	case errors.Is(err, reply.ErrExpired):
		return false
	case err == nil && (rec.State == reply.Cancelled || rec.State == reply.Completed && passes(rec.Reply.Event)): // it needs its key no longer
		if err = a.store.Release(r.Context(), c.ask.key, holder); err == nil {
			return false
		}
		fallthrough
	case err != nil:
		a.fail(w, &c.exchange, storeError(err))
		return true
	case rec.State == reply.Completed:
		a.replay(w, c, rec.Reply)
		return true
	}
	o, in := a.awaitHolder(r.Context(), c, wt)
	switch {
	case in == leaseEnded:
		return false
	case in == waitEnded && errors.Is(err, reply.ErrUnknown) && !a.registeredSoon(r.Context(), holder):
		a.fail(w, &c.exchange, storeError(reply.ErrUnknown))
	case in == waitEnded:
		a.respondLater(w, c.as(holder), &c.ask)
	case in != arrived:
		a.fail(w, &c.exchange, in.reason())
	case o.cancelled:
		a.fail(w, &c.exchange, errCancelled)
	case o.reply == nil:
		return false
	default:
		a.replay(w, c, *o.reply)
	}
	return true
}

// registeredSoon reports whether the store comes to know a request that has
// claimed its key only just now. Nobody is referred to one that cannot be fetched.
func (a *Adapter) registeredSoon(ctx context.Context, holder reply.ID) bool {
	ctx, cancel := context.WithTimeout(ctx, storePatience)
	defer cancel()
	for n := 0; ; n++ {
		if _, err := a.store.Lookup(ctx, holder); err == nil {
			return true
		}
		if !backoff.Sleep(ctx, backoff.Exponential(n, time.Millisecond, backoff.First)) {
			return false
		}
	}
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
