package schedule

import (
	"math"
	"slices"
)

// most groups of calls of one chain in a plan.
const maxGroups = 48

// plan chooses when to look at the mailbox next.
func (s *Scheduler) plan(t float64) {
	s.looks.planned, s.looks.open = s.pooled, false
	if s.pooled == 0 {
		s.looks.next = math.Inf(1)
		s.mailbox.all = nil
		return
	}
	from, cost := s.looks.made, s.units.look()
	if s.pooled == 1 {
		cost = s.keyUnits.value
	} else if !s.looks.ordered && s.looks.seq > 0 {
		cost = s.chooseRange(t)
	}
	first := math.Inf(1)
	s.groups = s.groups[:0]
	for _, c := range s.chains {
		if c.buckets.calls == 0 {
			continue
		}
		first = min(first, c.buckets.all[0].start())
	}
	from = max(from, first)
	for _, c := range s.chains {
		curve := s.curve(c)
		c.buckets.merged(maxGroups, func(start, calls float64) {
			s.groups = append(s.groups, newGroup(curve, from-start, calls))
		})
	}
	earliest := max(s.floor(), t-from)
	wait := s.planner.next(s.groups, prices{cost, s.cfg.Price}, earliest)
	s.looks.next = from + min(wait, max(earliest, s.cfg.Cap.Seconds()))
}

// chooseRange takes those calls out of the looks that cost more there than by
// key, when the store reads the mailbox in the order of the ids, and gives the
// price of a look. A look at calls that started at o or later reads all
// replies again that were delivered since. Looks at a rate L cost, with the
// waiting, sqrt(2·c_r·c_w·L) a second at best; so each place to cut has its
// price, and the least is taken.
func (s *Scheduler) chooseRange(t float64) float64 {
	waiting := s.byStart()
	fixed, slope := s.units.fixed(), s.units.slope()
	old := 0.0 // what the calls before cost by key
	for _, c := range waiting {
		old += math.Sqrt(2 * s.keyUnits.value * s.cfg.Price * c.rate)
	}
	h := len(s.mailbox.all) - 1
	again, rate, best, cut, price := 0, 0.0, math.Inf(1), 0, fixed
	for i, c := range slices.Backward(waiting) {
		for ; h >= 0 && s.mailbox.all[h].slot >= slotOf(c.start); h-- {
			again += s.mailbox.all[h].count
		}
		rate += c.rate
		old -= math.Sqrt(2 * s.keyUnits.value * s.cfg.Price * c.rate)
		look := max(fixed, firstUnits) + slope*float64(again)
		if total := math.Sqrt(2*look*s.cfg.Price*rate) + old; total <= best {
			best, cut, price = total, i, look
		}
	}
	for _, c := range waiting[:cut] {
		s.unshare(c.call)
		c.pooled = false
		c.looked = max(c.looked, s.looks.done)
		s.arrange(c.call, t)
	}
	if cut < len(waiting) {
		s.mailbox.prune(waiting[cut].start)
	}
	return price
}

// ranked is a call with the rate at which its reply comes about now.
type ranked struct {
	*call

	rate float64
}

// byStart gives the calls that share the looks, oldest first. What it costs
// matters only to a store without an index of arrivals.
func (s *Scheduler) byStart() []ranked {
	out := make([]ranked, 0, s.pooled)
	for c := s.oldest; c != nil; c = c.newer {
		out = append(out, ranked{c, s.soon(c)})
	}
	return out
}

// soon is the mean rate of a call over the time that is about the one between
// two looks.
func (s *Scheduler) soon(c *call) float64 {
	from := max(s.looks.made, c.start)
	walk := s.curve(c.chain).Walk(c.age(from))
	_, rate := walk.At(c.age(from))
	return rate
}
