package schedule

import (
	"container/heap"
	"math"
)

// agenda orders calls by the time at which they are to be asked for by key.
type agenda []*call

func (a *agenda) Len() int           { return len(*a) }
func (a *agenda) Less(i, j int) bool { return (*a)[i].at < (*a)[j].at }
func (a *agenda) Swap(i, j int) {
	calls := *a
	calls[i], calls[j] = calls[j], calls[i]
	calls[i].index, calls[j].index = i, j
}

// Push is for package heap.
func (a *agenda) Push(x any) {
	c, _ := x.(*call)
	c.index = len(*a)
	*a = append(*a, c)
}

// Pop is for package heap.
func (a *agenda) Pop() any {
	last := len(*a) - 1
	c := (*a)[last]
	(*a)[last] = nil
	*a = (*a)[:last]
	return c
}

func (a *agenda) move(c *call, at float64) {
	c.at = at
	heap.Fix(a, c.index)
}

func (a *agenda) first() float64 {
	if len(*a) == 0 {
		return math.Inf(1)
	}
	return (*a)[0].at
}

// arrange puts a call in its place of the agenda.
func (s *Scheduler) arrange(c *call, t float64) {
	at := math.Inf(1)
	switch {
	case c.running:
	case c.final: // asked for strongly consistently, and not found
		at = c.until
	case c.shares != nil:
		at = s.finalGet(c)
		if s.scans.ordered {
			at = min(at, s.nextMissed(c, t))
		}
	default:
		at = min(s.nextAlone(c, t), s.finalGet(c))
	}
	s.agenda.move(c, at)
}

// The final read of a call comes this long before its connection is answered,
// in seconds, and three round trips earlier, so that it may be slow.
const (
	finalMargin = 0.01
	finalTrips  = 3
	firstTrip   = 0.005
)

// finalGet is when the final read of a call is due; +Inf if it was made.
func (s *Scheduler) finalGet(c *call) float64 {
	if c.final {
		return math.Inf(1)
	}
	return c.until - finalMargin - finalTrips*s.trip.value
}

// nextAlone is when a call that shares no scan is to be asked for.
func (s *Scheduler) nextAlone(c *call, t float64) float64 {
	from := max(c.since, c.asked)
	s.groups = append(s.groups[:0], newGroup(s.curve(c.chain), c.age(from), 1))
	earliest := max(s.floor(), t-from)
	wait := s.planner.next(s.groups, prices{s.getUnits.value, s.cfg.Price}, earliest)
	return from + min(wait, max(earliest, s.cfg.Cap.Seconds()))
}

// When nothing is known of a chain, or of what scans miss.
const (
	missedUnknown = 1.0    // seconds: age of the first get
	missedKnown   = 16     // replies that have to be known to do better
	missedPrior   = 0.5    // replies that are taken for missed
	missedOf      = 1000.0 // of so many
	missedGrowth  = 1.5    // of the age, from one get to the next
	missedStep    = 1.1    // of the age, when it is searched for
)

// nextMissed is when a call is to be asked for by key, in case a scan has
// missed its reply: its stamp came from a clock that runs behind, or the index
// was late.
func (s *Scheduler) nextMissed(c *call, t float64) float64 {
	if c.asked < c.start {
		return c.start + max(s.missedAge(c.chain), c.age(c.since))
	}
	return max(c.start+c.age(c.asked)*missedGrowth, t)
}

// missedAge is the age at which the waiting for a reply that may have been
// missed has cost, in expectation, as much as a get.
func (s *Scheduler) missedAge(c *chain) float64 {
	if s.cfg.Curve == nil && c.model.Replies() < missedKnown {
		return missedUnknown
	}
	curve := s.curve(c)
	if c.curve != curve {
		c.curve, c.missed = curve, s.findMissedAge(c)
	}
	return c.missed
}

func (s *Scheduler) findMissedAge(c *chain) float64 {
	share := (s.missed + missedPrior) / (s.found + s.missed + missedOf)
	walk := s.curve(c).Walk(0)
	waited, age := 0.0, gridFirst
	for waited*s.cfg.Price < s.getUnits.value && age < gridLimit {
		cumulated, _ := walk.At(age)
		left := math.Exp(-cumulated)
		missed := share * (1 - left)
		waited += missed / (missed + left) * age * (missedStep - 1)
		age *= missedStep
	}
	return age
}
