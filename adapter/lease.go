package adapter

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

const (
	// keyLease is for how long the owner of a key is believed to be at work when
	// it has last shown that. The key of a process that was killed is free after
	// this time, however long its call might have taken.
	keyLease = 20 * time.Second
	// renewEvery is when the owner shows it again, and when who waits for the
	// owner looks whether it has.
	renewEvery = 5 * time.Second
	// renewSoon is the same after a renewal that the store has not taken.
	renewSoon = time.Second
	// leaseMargin is for how long after its deadline the owner of a key may
	// still be at work.
	leaseMargin = 2 * time.Second
)

// lease is the hold of a call on its idempotency key.
type lease struct {
	claim reply.Claim // with the longest lease that the call may need

	mu    sync.Mutex
	timer *time.Timer // of its next renewal
	over  bool
}

// short returns the claim from now on until the next renewals.
func (l *lease) short() reply.Claim {
	c := l.claim
	c.Lease = earlier(time.Now().Add(keyLease), c.Lease)
	return c
}

// end ends the renewals: the call is completed, or nothing can be done about it.
// It may be called on nil.
func (l *lease) end() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	if l.timer != nil {
		l.timer.Stop()
	}
}

// renewLater renews l after a while, unless its call is over by then.
func (a *Adapter) renewLater(ctx context.Context, l *lease, after time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.over && time.Now().Add(after).Before(l.claim.Lease) {
		l.timer = time.AfterFunc(after, func() { a.renew(ctx, l) })
	}
}

// renew shows that the call of l is still at work, here or in another process,
// as long as its request is pending, no other call has got the key, and the adapter is
// not closed.
func (a *Adapter) renew(ctx context.Context, l *lease) {
	select {
	case <-a.closed:
		return
	default:
	}
	rec, err := a.store.Lookup(ctx, l.claim.Owner)
	if errors.Is(err, reply.ErrExpired) || err == nil && rec.State != reply.Pending {
		return
	}
	holder, err := a.store.Claim(ctx, l.short())
	switch {
	case errors.Is(err, reply.ErrKeyReused), err == nil && holder != l.claim.Owner:
	case err != nil:
		a.logStore(ctx, l.claim.Owner, "renew the lease of an idempotency key", err)
		a.renewLater(ctx, l, renewSoon)
	default:
		a.renewLater(ctx, l, renewEvery)
	}
}

// prolong lets l last as long as its call may: the work is now another
// process's, and this one stands still behind its answer. l may be nil.
func (a *Adapter) prolong(ctx context.Context, l *lease) {
	if l == nil {
		return
	}
	l.end()
	if _, err := a.store.Claim(ctx, l.claim); err != nil {
		a.logStore(ctx, l.claim.Owner, "prolong the lease of an idempotency key", err)
	}
}
