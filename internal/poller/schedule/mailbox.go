package schedule

import (
	"math"
	"slices"
)

// most groups of calls of one chain in a plan.
const maxGroups = 48

// plan chooses when to scan the mailbox next.
func (s *Scheduler) plan(t float64) {
	s.scans.planned, s.scans.open = s.shared.len(), false
	if s.shared.len() == 0 {
		s.scans.next = math.Inf(1)
		s.delivered = buckets{}
		return
	}
	from, cost := s.scans.made, s.scanUnits.price()
	if s.shared.len() == 1 {
		cost = s.getUnits.value
	} else if !s.scans.ordered && s.scans.seq > 0 {
		cost = s.chooseRange(t)
	}
	first := math.Inf(1)
	s.groups = s.groups[:0]
	for _, c := range s.chains {
		if c.buckets.calls > 0 {
			first = min(first, c.buckets.all[0].start())
		}
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
	s.scans.next = from + min(wait, max(earliest, s.cfg.Cap.Seconds()))
}

// chooseRange takes those calls out of the scans that cost more there than by
// key, when the store reads the mailbox in the order of the ids, and returns the
// price of a scan. A scan from the start of a call on reads all replies again
// that were delivered since. Scans at a rate L cost, with the waiting,
// sqrt(2·c_r·c_w·L) a second at best; so each place to cut has its price, and
// the least is taken.
func (s *Scheduler) chooseRange(t float64) float64 {
	waiting := s.byStart()
	fixed, slope := s.scanUnits.fixed(), s.scanUnits.slope()
	old := 0.0 // what the calls before cost by key
	for _, c := range waiting {
		old += math.Sqrt(2 * s.getUnits.value * s.cfg.Price * c.rate)
	}
	h := len(s.delivered.all) - 1
	again, rate, best, cut, price := 0, 0.0, math.Inf(1), 0, fixed
	for i, c := range slices.Backward(waiting) {
		for ; h >= 0 && s.delivered.all[h].slot >= slotOf(c.start); h-- {
			again += s.delivered.all[h].calls
		}
		rate += c.rate
		old -= math.Sqrt(2 * s.getUnits.value * s.cfg.Price * c.rate)
		scan := max(fixed, firstUnits) + slope*float64(again)
		if total := math.Sqrt(2*scan*s.cfg.Price*rate) + old; total <= best {
			best, cut, price = total, i, scan
		}
	}
	for _, c := range waiting[:cut] {
		s.shared.remove(c.call)
		c.asked = max(c.asked, s.scans.done)
		s.arrange(c.call, t)
	}
	if cut < len(waiting) {
		s.delivered.prune(waiting[cut].start)
	}
	return price
}

// ranked is a call with the rate at which its reply comes about now.
type ranked struct {
	*call

	rate float64
}

// byStart returns the calls that share the scans, oldest first. What it costs
// matters only to a store without an index of arrivals.
func (s *Scheduler) byStart() []ranked {
	out := make([]ranked, 0, s.shared.len())
	for c := range s.shared.all {
		out = append(out, ranked{c, s.curve(c.chain).Rate(c.age(max(s.scans.made, c.start)))})
	}
	return out
}
