package memory

import (
	"container/list"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

const (
	// commonPart is the part of the store that is nobody's share: a half.
	commonPart = 2
	// refetch is for how long a reply is kept at least that was delivered: its
	// caller may have lost it on the way.
	refetch = time.Minute
)

// usage is what a tenant holds, or all of them.
type usage struct {
	bytes   int64 // the sizes of records and claims
	entries int   // how many of them there are
	pending int   // registered requests without a reply
}

func (u *usage) add(d usage) {
	u.bytes += d.bytes
	u.entries += d.entries
	u.pending += d.pending
}

// account is what one tenant holds. It goes with the last entry.
type account struct {
	usage

	earliest  time.Time  // nothing of it expires before that
	delivered *list.List // of *record, the one that was delivered first in front
}

// count adds to what a tenant holds; it may be less than nothing.
func (s *Store) count(tenant string, d usage) *account {
	s.used.add(d)
	acc := s.accounts[tenant]
	if acc == nil {
		acc = &account{delivered: list.New()}
		s.accounts[tenant] = acc
	}
	if acc.add(d); acc.entries == 0 {
		delete(s.accounts, tenant)
	}
	return acc
}

// tenant returns whose an entry is.
func (e *expiry) tenant() string {
	if e.claim != nil {
		return e.claim.Tenant
	}
	return e.record.reply.Tenant
}

// expect puts an entry of acc into the order of expiry.
func (s *Store) expect(acc *account, e *expiry) {
	s.expiring.add(e)
	acc.expects(e.expires)
}

func (acc *account) expects(expires time.Time) {
	if acc.earliest.IsZero() || expires.Before(acc.earliest) {
		acc.earliest = expires
	}
}

// Share implements [reply.Sharing]. Half of the store is divided into a share for
// each tenant, of which he is sure. The other half is for whoever needs more than
// that, but nobody may take more of it than he leaves free for others.
func (s *Store) Share(tenants int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tenants = max(s.tenants, tenants)
}

// Limit implements [reply.Limiting].
func (s *Store) Limit(most func(tenant string) int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.most = most
}

// beyond returns the limit of a tenant that one more entry of so many bytes would exceed;
// 0 for none.
func (s *Store) beyond(tenant string, size int64) int64 {
	limit := s.most(tenant)
	if acc := s.accounts[tenant]; acc != nil {
		size += acc.bytes + int64(acc.pending)*s.opts.Reserve
	}
	if limit == 0 || size <= limit {
		return 0
	}
	return limit
}

// Delivered implements [reply.Sharing]. A reply is kept for a minute more, as it
// may have been lost on the way.
func (s *Store) Delivered(id reply.ID) {
	now := s.opts.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	rec, err := s.find(id, now)
	if err != nil || rec.state != reply.Completed || rec.reply.Key != "" || rec.delivered != nil {
		return
	}
	rec.deliveredAt = now
	rec.delivered = s.accounts[rec.reply.Tenant].delivered.PushBack(rec)
}

// undeliver forgets that a record was delivered.
func (s *Store) undeliver(rec *record) {
	if rec.delivered != nil {
		s.accounts[rec.reply.Tenant].delivered.Remove(rec.delivered)
		rec.delivered = nil
	}
}

// makeRoom returns nil if one more entry of so many bytes of a tenant can be held.
// It sweeps until it can, and forgets what the tenant has got already.
func (s *Store) makeRoom(tenant string, now time.Time, size int64) error {
	for !s.fits(tenant, size) {
		if !s.sweepOne(now) && !s.forgetDelivered(tenant, now) {
			return s.full(tenant, now, s.beyond(tenant, size))
		}
	}
	return nil
}

// forgetDelivered forgets the reply of a tenant that was delivered first.
func (s *Store) forgetDelivered(tenant string, now time.Time) bool {
	acc := s.accounts[tenant]
	if acc == nil || acc.delivered.Len() == 0 {
		return false
	}
	rec, ok := acc.delivered.Front().Value.(*record)
	if !ok || !passed(rec.deliveredAt.Add(refetch), now) {
		return false
	}
	s.bury(rec)
	return true
}

// fits reports whether a tenant may hold one more entry of so many bytes.
func (s *Store) fits(tenant string, size int64) bool {
	if s.beyond(tenant, size) > 0 {
		return false
	}
	bytes := func(u usage) int64 { return u.bytes + int64(u.pending)*s.opts.Reserve }
	entries := func(u usage) int64 { return int64(u.entries) }
	return s.within(tenant, s.opts.MaxBytes, size, bytes) && s.within(tenant, int64(s.opts.MaxEntries), 1, entries)
}

// within reports whether a tenant may hold n more of what the store holds no more
// than limit of, and held counts.
func (s *Store) within(tenant string, limit, n int64, held func(usage) int64) bool {
	if s.tenants <= 1 {
		return held(s.used)+n <= limit
	}
	share := limit / commonPart / int64(s.tenants)
	var own int64
	if acc := s.accounts[tenant]; acc != nil {
		own = held(acc.usage)
	}
	beyond := own + n - share
	if beyond <= 0 {
		return true
	}
	free := limit - share*int64(s.tenants)
	for other, acc := range s.accounts {
		if other != tenant {
			free -= max(held(acc.usage)-share, 0)
		}
	}
	return beyond <= free-beyond
}

// full is the error of a tenant for whom there is no room, because of his limit if that
// is not 0.
func (s *Store) full(tenant string, now time.Time, limit int64) error {
	err := &reply.FullError{Share: s.tenants > 1 || limit > 0, Limit: limit}
	acc := s.accounts[tenant]
	switch {
	case len(s.expiring) == 0: // the limit is less than the entry
		return err
	case !err.Share, acc == nil: // whatever expires makes room
		err.After = s.expiring[0].expires.Sub(now)
		return err
	}
	if passed(acc.earliest, now) {
		acc.earliest = time.Time{}
		for _, e := range s.expiring {
			if e.tenant() == tenant && (acc.earliest.IsZero() || e.expires.Before(acc.earliest)) {
				acc.earliest = e.expires
			}
		}
	}
	err.After = acc.earliest.Sub(now)
	return err
}
