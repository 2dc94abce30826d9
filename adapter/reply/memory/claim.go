package memory

import (
	"context"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// claim is an idempotency key and who holds it.
type claim struct {
	expiry
	reply.Claim

	completed bool // the owner's request is completed, so the lease is moot
	size      int64
}

// held reports whether nobody else can have the key now.
func (c *claim) held(now time.Time) bool {
	return c != nil && !passed(c.Expires, now) && (c.completed || !passed(c.Lease, now))
}

// Claim implements [reply.Store]. A claim that is past its Expires gets
// [reply.ErrExpired]. Claiming a key again that the same owner still
// holds changes nothing but a lease that ended earlier.
func (s *Store) Claim(ctx context.Context, c reply.Claim) (reply.ID, error) {
	if err := alive(ctx); err != nil {
		return reply.ID{}, err
	}
	wanted := &claim{Claim: c, size: claimOverhead + int64(len(c.Key)+len(c.Tenant))}
	now := s.opts.Now()

	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep(now, sweepPerWrite)
	former := s.claims[c.Key]
	switch {
	case former.held(now) && former.Fingerprint != c.Fingerprint:
		return reply.ID{}, reply.ErrKeyReused
	case former.held(now):
		if former.Owner == c.Owner && former.Lease.Before(c.Lease) {
			former.Lease = c.Lease
		}
		return former.Owner, nil
	case passed(c.Expires, now):
		return reply.ID{}, reply.ErrExpired
	case former != nil:
		s.dropClaim(former) // its entry becomes ours, so there is room
	default:
		if err := s.makeRoom(c.Tenant, now, wanted.size); err != nil {
			return reply.ID{}, err
		}
	}
	s.claims[c.Key] = wanted
	wanted.expires, wanted.claim = c.Expires, wanted
	s.expect(s.count(c.Tenant, usage{bytes: wanted.size, entries: 1}), &wanted.expiry)
	return c.Owner, nil
}

// Release implements [reply.Store].
func (s *Store) Release(ctx context.Context, key string, owner reply.ID) error {
	if err := alive(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep(s.opts.Now(), sweepPerWrite)
	s.release(key, owner)
	return nil
}

func (s *Store) release(key string, owner reply.ID) {
	if c := s.claims[key]; c != nil && c.Owner == owner {
		s.dropClaim(c)
	}
}

// owns reports whether a reply of id under key may count. An owner whose lease
// ran out still owns the key while no other call has taken over.
func (s *Store) owns(key string, id reply.ID, now time.Time) bool {
	if key == "" {
		return true
	}
	c := s.claims[key]
	return c != nil && c.Owner == id && !passed(c.Expires, now)
}

// keepKey lets the claim last until its Expires, because its owner id has
// completed.
func (s *Store) keepKey(key string, id reply.ID) {
	if c := s.claims[key]; c != nil && key != "" && c.Owner == id {
		c.completed = true
	}
}

func (s *Store) dropClaim(c *claim) {
	delete(s.claims, c.Key)
	s.count(c.Tenant, usage{bytes: -c.size, entries: -1})
	s.expiring.remove(&c.expiry)
}
