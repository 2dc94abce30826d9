package memory

import (
	"container/heap"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

const (
	// sweepPerWrite is how many expired entries a write removes. A write adds
	// one, so more than one suffices to catch up, and few keep every write
	// short after a quiet hour.
	sweepPerWrite = 4
	// sweepPerLock is the same for Stats, each time it holds the lock.
	sweepPerLock = 1024
)

// expiry is the place of a record or a claim in the order of expiry.
type expiry struct {
	expires time.Time
	place   int     // index in the heap
	record  *record // one of record and claim is set
	claim   *claim
}

// passed reports whether the moment t has come.
func passed(t, now time.Time) bool { return !now.Before(t) }

// sweep removes up to n expired entries, the longest expired first, and
// returns how many it removed.
func (s *Store) sweep(now time.Time, n int) int {
	for i := range n {
		if !s.sweepOne(now) {
			return i
		}
	}
	return n
}

func (s *Store) sweepOne(now time.Time) bool {
	if len(s.expiring) == 0 || !passed(s.expiring[0].expires, now) {
		return false
	}
	if first := s.expiring[0]; first.claim != nil {
		s.dropClaim(first.claim)
	} else {
		s.bury(first.record)
	}
	return true
}

// bury forgets an expired record but for its id.
func (s *Store) bury(rec *record) {
	id := rec.reply.ID
	switch rec.state {
	case reply.Pending:
		s.count(rec.reply.Tenant, usage{pending: -1})
	case reply.Completed:
		s.unbox(id.Mailbox(), rec)
	case reply.Cancelled:
	}
	s.undeliver(rec)
	delete(s.records, id)
	s.count(rec.reply.Tenant, usage{bytes: -rec.size, entries: -1})
	s.expiring.remove(&rec.expiry)
	s.tombstones.add(id)
}

// expiryHeap has what expires first in front. It implements
// [container/heap.Interface].
type expiryHeap []*expiry

func (h *expiryHeap) add(e *expiry)    { heap.Push(h, e) }
func (h *expiryHeap) remove(e *expiry) { heap.Remove(h, e.place) }

func (h *expiryHeap) move(e *expiry, expires time.Time) {
	e.expires = expires
	heap.Fix(h, e.place)
}

func (h *expiryHeap) Len() int           { return len(*h) }
func (h *expiryHeap) Less(i, j int) bool { return (*h)[i].expires.Before((*h)[j].expires) }

func (h *expiryHeap) Swap(i, j int) {
	(*h)[i], (*h)[j] = (*h)[j], (*h)[i]
	(*h)[i].place, (*h)[j].place = i, j
}

func (h *expiryHeap) Push(x any) {
	if e, ok := x.(*expiry); ok {
		e.place = len(*h)
		*h = append(*h, e)
	}
}

func (h *expiryHeap) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = nil // else it would be held until the slot is used again
	*h = (*h)[:last]
	return e
}

// tombstones remember the ids that expired last, up to a limit.
type tombstones struct {
	limit int
	ids   map[reply.ID]struct{}
	ring  []reply.ID // in the order of burial, from oldest on
	next  int        // where the oldest is once the ring is full
}

func newTombstones(limit int) tombstones {
	return tombstones{limit: limit, ids: map[reply.ID]struct{}{}}
}

func (t *tombstones) has(id reply.ID) bool {
	_, ok := t.ids[id]
	return ok
}

// add remembers an id that is not there yet.
func (t *tombstones) add(id reply.ID) {
	switch {
	case t.limit == 0:
		return
	case len(t.ring) < t.limit:
		t.ring = append(t.ring, id)
	default:
		delete(t.ids, t.ring[t.next])
		t.ring[t.next] = id
		t.next = (t.next + 1) % t.limit
	}
	t.ids[id] = struct{}{}
}
