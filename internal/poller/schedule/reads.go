package schedule

import (
	"errors"
	"math"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// Read is a read of the store that is due: a look at the mailbox, or for one
// call by its key.
type Read struct {
	// ByKey says that it is LookAt, of ID and Consistent; else it is Look.
	ByKey      bool
	ID         reply.ID
	Consistent bool
	Look       reply.ScanQuery

	seq    int // of looks at the mailbox
	made   float64
	shared bool // by key in the place of a look at the mailbox
	missed bool // for a reply that a look at the mailbox may have missed
}

// ErrAbandoned is what a read ends with whose answer nobody waited for: it says
// nothing about the store.
var ErrAbandoned = errors.New("the read was abandoned")

// Delivery is a call whose waiting has ended.
type Delivery struct {
	ID reply.ID
	// Reply is nil if the request was cancelled.
	Reply *reply.Reply
	// Added is the time from when the reply was written to now: as the writer's
	// clock has it, as far as the looks before agree.
	Added time.Duration
	// Straggler says that the call shared no looks at the mailbox in the end.
	Straggler bool
}

// Next is when Due has reads to make; ok is false if there will be none until
// a call is added or a read ends.
func (s *Scheduler) Next() (at time.Duration, ok bool) {
	next := math.Inf(1)
	if s.looks.running < maxLooks {
		next = max(s.looks.next, s.back.until)
	}
	if s.room(s.agenda.first()) {
		next = min(next, max(s.agenda.first(), s.back.until))
	}
	if math.IsInf(next, 1) {
		return 0, false
	}
	return time.Duration(math.Ceil(next * float64(time.Second))), true
}

// early is what rounding may make of a time, in seconds.
const early = 2e-9

// Due gives the reads to make now. Each must be answered by Looked or Seen.
func (s *Scheduler) Due(now time.Duration) []Read {
	t := now.Seconds()
	t += early
	if t < s.back.until {
		return nil
	}
	var out []Read
	for s.agenda.first() <= t && s.room(t) {
		if r, ok := s.byKey(s.agenda[0], t); ok {
			out = append(out, r)
		}
	}
	if s.looks.next <= t && s.looks.running < maxLooks && s.pooled > 0 && !s.replan(t) {
		out = append(out, s.together(t))
	}
	return out
}

// room says whether the first of the agenda may be looked for at t, beside
// those looks that run. Last ones cannot wait.
func (s *Scheduler) room(t float64) bool {
	return s.keys < maxKeys || s.keys < maxLast && t >= s.lastLook(s.agenda[0])
}

// byKey makes the look for the first call of the agenda, if it is still due.
func (s *Scheduler) byKey(c *call, t float64) (Read, bool) {
	if c.last { // nobody waits any more, whatever its caller says
		s.retire(c)
		return Read{}, false
	}
	last := t >= s.lastLook(c)
	if !last && c.pooled {
		if at := s.nextMissed(c, t); at > t { // the chain has learned since
			s.agenda.move(c, min(at, s.lastLook(c)))
			return Read{}, false
		}
	}
	c.busy, c.last = true, last
	s.keys++
	s.agenda.move(c, math.Inf(1))
	if last {
		s.counts.Last++
	} else {
		s.counts.ByKey++
	}
	return Read{ByKey: true, ID: c.id, Consistent: last, made: t, missed: c.pooled && !last}, true
}

// retire lets a call alone whose end has come. It is still delivered if a look
// for others finds its reply.
func (s *Scheduler) retire(c *call) {
	s.agenda.move(c, math.Inf(1))
	if c.pooled {
		s.unshare(c)
		c.pooled = false
		if s.pooled == 0 {
			s.looks.next = math.Inf(1)
		}
	}
}

// together makes the look that all share. A look for a single call is by key:
// it costs no more, and an index that lags cannot hide its reply.
func (s *Scheduler) together(t float64) Read {
	s.looks.seq++
	s.looks.made = t
	s.looks.running++
	s.counts.Looks++
	r := Read{seq: s.looks.seq, made: t}
	if s.pooled == 1 {
		r.ByKey, r.shared, r.ID = true, true, s.oldest.id
	} else {
		if s.oldest.start-staleCursor > s.looks.cursorMade {
			s.looks.cursor = ""
		}
		r.Look = reply.ScanQuery{Box: s.cfg.Box, Oldest: s.oldest.id, Cursor: s.looks.cursor}
	}
	s.looks.next, s.looks.open = t+max(s.floor(), patience*s.trip.value), true
	return r
}

// staleCursor is how much older than the oldest call, in seconds, a cursor may
// be. It does not move while calls are looked for by key; when it is older, a
// look from where the store begins without one reads less again.
const staleCursor = 10

// patience is how many round trips the next plan waits for the answer to a
// look; then it is made without.
const patience = 1.5

// replan makes the plan that has waited for an answer, and says whether it
// does not look now.
func (s *Scheduler) replan(t float64) bool {
	if !s.looks.open {
		return false
	}
	s.plan(t)
	return s.looks.next > t
}

// Looked ends a look at the mailbox.
func (s *Scheduler) Looked(now time.Duration, r Read, found reply.ScanResult, err error) []Delivery {
	t := now.Seconds()
	s.looks.running--
	if err != nil {
		s.fail(r, t, err)
		return nil
	}
	s.worked(r, t)
	s.counts.Units += found.Units
	if r.seq > s.looks.of {
		s.looks.of, s.looks.cursor, s.looks.cursorMade = r.seq, found.Cursor, r.made
	}
	s.order(found.Cursor != "", t)
	var out []Delivery
	for i := range found.Replies {
		a := &found.Replies[i]
		if c := s.calls[a.ID]; c != nil {
			s.found++
			out = append(out, s.deliver(c, r, t, a.Written, &a.Reply))
		}
	}
	s.units.learn(len(found.Replies), len(found.Replies)-len(out), found.Units)
	s.looks.done = max(s.looks.done, r.made)
	s.plan(t)
	return out
}

// order notes whether the store reads arrivals in their order. If so, a look
// at the mailbox may miss one.
func (s *Scheduler) order(ordered bool, t float64) {
	if ordered == s.looks.ordered {
		return
	}
	s.looks.ordered = ordered
	for c := s.oldest; c != nil; c = c.newer {
		s.arrange(c, t)
	}
}

// Seen ends a look by key.
func (s *Scheduler) Seen(now time.Duration, r Read, seen reply.GetResult, err error) []Delivery {
	t := now.Seconds()
	if r.shared {
		s.looks.running--
	} else {
		s.keys--
	}
	c := s.calls[r.ID]
	s.counts.Units += seen.Units
	pending := errors.Is(err, reply.ErrUnknown)
	gone := errors.Is(err, reply.ErrExpired)
	if err != nil && !pending && !gone {
		s.fail(r, t, err)
		if c != nil && !r.shared {
			c.busy, c.last = false, false
			s.arrange(c, t)
		}
		return nil
	}
	s.worked(r, t)
	if !r.Consistent && seen.Units > 0 {
		s.keyUnits.learn(seen.Units)
	}
	var out []Delivery
	switch {
	case c == nil:
	case err == nil && seen.State == reply.Completed:
		if r.missed {
			s.missed++
		}
		out = []Delivery{s.deliver(c, r, t, seen.Written, &seen.Reply)}
	case err == nil && seen.State == reply.Cancelled:
		s.learnNone(c)
		s.drop(c)
		out = []Delivery{{ID: c.id}}
	default:
		s.notSeen(c, r, t, gone)
	}
	if r.shared || len(out) > 0 {
		s.plan(t)
	}
	return out
}

// notSeen notes that a look by key has found no reply.
func (s *Scheduler) notSeen(c *call, r Read, t float64, gone bool) {
	c.looked = max(c.looked, r.made)
	if !r.shared {
		c.busy = false
		s.arrange(c, t)
		if gone { // and does not come
			s.retire(c)
		}
	}
}

func (s *Scheduler) fail(r Read, t float64, err error) {
	if errors.Is(err, ErrAbandoned) {
		return
	}
	s.counts.Failures++
	s.back.failed(r.made, t, s.cfg.Random())
	s.plan(t)
}

func (s *Scheduler) worked(r Read, t float64) {
	s.back.worked()
	s.trip.learn(t - r.made)
}
