package schedule

import (
	"errors"
	"math"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// Read is a read of the store that is due: a scan of the mailbox, or a get of
// one call by its key.
type Read struct {
	// ByKey means that it is a Get of ID and Consistent; else it is a Scan of
	// Query.
	ByKey      bool
	ID         reply.ID
	Consistent bool
	Query      reply.ScanQuery

	seq    int // of scans
	made   float64
	shared bool // by key in the place of a scan
	missed bool // for a reply that a scan may have missed
}

// Next is when Due has reads to make; ok is false if there will be none until
// a call is added or a read ends.
func (s *Scheduler) Next() (at time.Duration, ok bool) {
	next := math.Inf(1)
	if s.scans.running < maxScans {
		next = max(s.scans.next, s.back.until)
	}
	if s.canGet(s.agenda.first()) {
		next = min(next, max(s.agenda.first(), s.back.until))
	}
	if math.IsInf(next, 1) {
		return 0, false
	}
	return time.Duration(math.Ceil(next * float64(time.Second))), true
}

// early is what rounding may make of a time, in seconds.
const early = 2e-9

// Due returns the reads to make now. Each must be ended by Scanned or Got.
func (s *Scheduler) Due(now time.Duration) []Read {
	t := now.Seconds()
	t += early
	if t < s.back.until {
		return nil
	}
	var out []Read
	for s.agenda.first() <= t && s.canGet(t) {
		if r, ok := s.get(s.agenda[0], t); ok {
			out = append(out, r)
		}
	}
	if s.scans.next <= t && s.scans.running < maxScans && s.shared.len() > 0 && !s.replan(t) {
		out = append(out, s.scan(t))
	}
	return out
}

// canGet reports whether the first of the agenda may be asked for at t, beside
// those gets that run. Final ones cannot wait.
func (s *Scheduler) canGet(t float64) bool {
	return s.gets < maxGets || s.gets < maxFinal && t >= s.finalGet(s.agenda[0])
}

// get is the read of the first call of the agenda, if it is still due.
func (s *Scheduler) get(c *call, t float64) (Read, bool) {
	if c.final { // nobody waits any more, whatever its caller says
		s.retire(c)
		return Read{}, false
	}
	final, shares := t >= s.finalGet(c), c.shares != nil
	if !final && shares {
		if at := s.nextMissed(c, t); at > t { // the chain has learned since
			s.agenda.move(c, min(at, s.finalGet(c)))
			return Read{}, false
		}
	}
	c.running, c.final = true, final
	s.gets++
	s.agenda.move(c, math.Inf(1))
	s.counts.Reads++
	return Read{ByKey: true, ID: c.id, Consistent: final, made: t, missed: shares && !final}, true
}

// retire lets a call alone whose end has come. It is still delivered if a read
// for others finds its reply.
func (s *Scheduler) retire(c *call) {
	s.agenda.move(c, math.Inf(1))
	if c.shares != nil {
		s.shared.remove(c)
		if s.shared.len() == 0 {
			s.scans.next = math.Inf(1)
		}
	}
}

// scan is the read that all share. That of a single call is by key: it costs no
// more, and an index that lags cannot hide its reply.
func (s *Scheduler) scan(t float64) Read {
	s.scans.seq++
	s.scans.made = t
	s.scans.running++
	s.counts.Reads++
	r, oldest := Read{seq: s.scans.seq, made: t}, s.shared.oldest()
	if s.shared.len() == 1 {
		r.ByKey, r.shared, r.ID = true, true, oldest.id
	} else {
		if oldest.start-staleCursor > s.scans.cursorMade {
			s.scans.cursor = ""
		}
		r.Query = reply.ScanQuery{Box: s.cfg.Box, Oldest: oldest.id, Cursor: s.scans.cursor}
	}
	s.scans.next, s.scans.open = t+max(s.floor(), patience*s.trip.value), true
	return r
}

// staleCursor is how much older than the oldest call, in seconds, a cursor may
// be. It does not move while calls are asked for by key; when it is older, a
// scan from where the store begins without one reads less again.
const staleCursor = 10

// patience is how many round trips the next plan waits for the answer to a
// scan; then it is made without.
const patience = 1.5

// replan makes the plan that has waited for an answer, and reports whether the
// next scan is later.
func (s *Scheduler) replan(t float64) bool {
	if !s.scans.open {
		return false
	}
	s.plan(t)
	return s.scans.next > t
}

// ErrAbandoned is what a read ends with whose answer nobody waited for: it means
// nothing for the store.
var ErrAbandoned = errors.New("the read was abandoned")
