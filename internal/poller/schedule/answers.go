package schedule

import (
	"errors"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// Delivery is a call whose waiting has ended.
type Delivery struct {
	ID reply.ID
	// Reply is nil if the request was cancelled.
	Reply *reply.Reply
	// Added is the time from when the reply was written to now: as the writer's
	// clock has it, as far as the reads before agree.
	Added time.Duration
}

// Scanned ends a scan of the mailbox.
func (s *Scheduler) Scanned(now time.Duration, r Read, found reply.ScanResult, err error) []Delivery {
	t := now.Seconds()
	s.scans.running--
	if err != nil {
		s.failed(r, t, err)
		return nil
	}
	s.worked(r, t)
	s.counts.Units += found.Units
	if r.seq > s.scans.of {
		s.scans.of, s.scans.cursor, s.scans.cursorMade = r.seq, found.Cursor, r.made
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
	s.scanUnits.learn(len(found.Replies), len(found.Replies)-len(out), found.Units)
	s.scans.done = max(s.scans.done, r.made)
	s.plan(t)
	return out
}

// order notes whether the store reads arrivals in their order. If so, a scan
// may miss one.
func (s *Scheduler) order(ordered bool, t float64) {
	if ordered == s.scans.ordered {
		return
	}
	s.scans.ordered = ordered
	for c := range s.shared.all {
		s.arrange(c, t)
	}
}

// Got ends a get of one call.
func (s *Scheduler) Got(now time.Duration, r Read, got reply.GetResult, err error) []Delivery {
	t := now.Seconds()
	if r.shared {
		s.scans.running--
	} else {
		s.gets--
	}
	c := s.calls[r.ID]
	s.counts.Units += got.Units
	pending := errors.Is(err, reply.ErrUnknown)
	gone := errors.Is(err, reply.ErrExpired)
	if err != nil && !pending && !gone {
		s.failed(r, t, err)
		if c != nil && !r.shared {
			c.running, c.final = false, false
			s.arrange(c, t)
		}
		return nil
	}
	s.worked(r, t)
	if !r.Consistent && got.Units > 0 {
		s.getUnits.learn(got.Units)
	}
	var out []Delivery
	switch {
	case c == nil:
	case err == nil && got.State == reply.Completed:
		if r.missed {
			s.missed++
		}
		out = []Delivery{s.deliver(c, r, t, got.Written, &got.Reply)}
	case err == nil && got.State == reply.Cancelled:
		s.learnNone(c)
		s.drop(c)
		out = []Delivery{{ID: c.id}}
	default:
		s.notFound(c, r, t, gone)
	}
	if r.shared || len(out) > 0 {
		s.plan(t)
	}
	return out
}

// notFound notes that a get has found no reply.
func (s *Scheduler) notFound(c *call, r Read, t float64, gone bool) {
	c.asked = max(c.asked, r.made)
	if !r.shared {
		c.running = false
		s.arrange(c, t)
		if gone { // and does not come
			s.retire(c)
		}
	}
}

func (s *Scheduler) failed(r Read, t float64, err error) {
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

// missedMemory is about how many replies the share of those is taken of that a
// scan missed.
const missedMemory = 5000

// deliver ends the waiting of a call and teaches its chain. When the reply was
// written is known to lie between the read before and now; the writer's clock
// decides where, however wrong it goes.
func (s *Scheduler) deliver(c *call, r Read, t float64, written time.Time, found *reply.Reply) Delivery {
	from := min(s.notBefore(c), r.made)
	age := (c.age(from) + c.age(t)) / 2 //nolint:mnd // no clock decides where
	if !written.IsZero() {
		age = min(max(written.Sub(c.id.Time()).Seconds(), c.age(from)), c.age(t))
	}
	if s.cfg.Curve == nil && c.fresh(t) {
		c.chain.model.Observe(seconds(t), age)
	}
	if s.found+s.missed > missedMemory {
		s.found, s.missed = s.found/2, s.missed/2 //nolint:mnd // halve both
	}
	if c.shares != nil && !s.scans.ordered {
		s.delivered.add(c.start)
	}
	s.drop(c)
	return Delivery{ID: c.id, Reply: found, Added: seconds(c.age(t) - age)}
}

// learnNone teaches the chain that a call had no reply up to the last read
// that would have found it.
func (s *Scheduler) learnNone(c *call) {
	if from := s.notBefore(c); s.cfg.Curve == nil && c.fresh(from) {
		c.chain.model.Censor(c.age(from))
	}
}

// notBefore is when the store was last read without the reply of c.
func (s *Scheduler) notBefore(c *call) float64 {
	from := max(c.start, c.asked)
	if c.shares != nil {
		from = max(from, s.scans.done)
	}
	return from
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
