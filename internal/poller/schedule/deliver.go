package schedule

import (
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// missedMemory is about how many replies the share of those is taken of that a
// look at the mailbox missed.
const missedMemory = 5000

// notBefore is when the store was last read without the reply of c.
func (s *Scheduler) notBefore(c *call) float64 {
	from := max(c.start, c.looked)
	if c.pooled {
		from = max(from, s.looks.done)
	}
	return from
}

// deliver ends the waiting of a call and teaches its chain. When the reply was
// written is known to lie between the look before and now; the writer's clock
// says where, however wrong it goes.
func (s *Scheduler) deliver(c *call, r Read, t float64, written time.Time, found *reply.Reply) Delivery {
	from := min(s.notBefore(c), r.made)
	age := (c.age(from) + c.age(t)) / 2 //nolint:mnd // no clock says where
	if !written.IsZero() {
		age = min(max(written.Sub(c.id.Time()).Seconds(), c.age(from)), c.age(t))
	}
	if s.cfg.Curve == nil && c.fresh(t) {
		c.chain.model.Observe(seconds(t), age)
	}
	if s.found+s.missed > missedMemory {
		s.found, s.missed = s.found/2, s.missed/2 //nolint:mnd // halve both
	}
	s.counts.Replies++
	straggler := !c.pooled
	if c.pooled && !s.looks.ordered {
		s.mailbox.add(c.start)
	}
	s.drop(c)
	return Delivery{ID: c.id, Reply: found, Added: seconds(c.age(t) - age), Straggler: straggler}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
