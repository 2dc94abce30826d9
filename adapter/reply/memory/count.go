package memory

import (
	"context"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// counter is what is known of a key of [reply.Counting].
type counter struct {
	paid    time.Time // when nothing is owed any more
	reports map[string]report
}

// report is what a replica has said of itself.
type report struct {
	asked, held int64
	until       time.Time
}

// countersPerCall is how many counters a call looks at, to drop those that are over.
const countersPerCall = 4

// Count implements [reply.Counting], for adapters in one process.
func (s *Store) Count(ctx context.Context, u reply.Use) (total reply.Total, err error) {
	if err := alive(ctx); err != nil {
		return total, err
	}
	now := s.opts.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counters[u.Key]
	if c == nil {
		s.sweepCounters(now)
		c = &counter{reports: map[string]report{}}
		s.counters[u.Key] = c
	}
	if passed(c.paid, now) {
		c.paid = now
	}
	c.paid = c.paid.Add(u.Spent)
	c.reports[u.Replica] = report{u.Asked, u.Held, now.Add(u.For)}
	for replica, r := range c.reports {
		switch {
		case passed(r.until, now):
			delete(c.reports, replica)
		case replica != u.Replica:
			total.Asked += r.asked
			total.Held += r.held
		}
	}
	total.Debt = max(c.paid.Sub(now), 0)
	return total, nil
}

func (s *Store) sweepCounters(now time.Time) {
	looked := 0
	for key, c := range s.counters { // in an order by chance
		for replica, r := range c.reports {
			if passed(r.until, now) {
				delete(c.reports, replica)
			}
		}
		if len(c.reports) == 0 && passed(c.paid, now) {
			delete(s.counters, key)
		}
		if looked++; looked == countersPerCall {
			return
		}
	}
}
