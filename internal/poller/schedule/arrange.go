package schedule

import "math"

// The last look of a call comes this long before it is answered, in seconds,
// and three round trips earlier, so that it may be slow.
const (
	lastMargin = 0.01
	lastTrips  = 3
	firstTrip  = 0.005
)

// lastLook is when the last look of a call is due; +Inf if it was made.
func (s *Scheduler) lastLook(c *call) float64 {
	if c.last {
		return math.Inf(1)
	}
	return c.until - lastMargin - lastTrips*s.trip.value
}

// arrange puts a call in its place of the agenda.
func (s *Scheduler) arrange(c *call, t float64) {
	at := math.Inf(1)
	switch {
	case c.busy:
	case c.last: // looked for strongly consistently, and not found
		at = c.until
	case c.pooled:
		at = s.lastLook(c)
		if s.looks.ordered {
			at = min(at, s.nextMissed(c, t))
		}
	default:
		at = min(s.alone(c, t), s.lastLook(c))
	}
	s.agenda.move(c, at)
}

// alone is when a call that shares no look is to be looked for.
func (s *Scheduler) alone(c *call, t float64) float64 {
	from := max(c.since, c.looked)
	s.groups = append(s.groups[:0], newGroup(s.curve(c.chain), c.age(from), 1))
	earliest := max(s.floor(), t-from)
	wait := s.planner.next(s.groups, prices{s.keyUnits.value, s.cfg.Price}, earliest)
	return from + min(wait, max(earliest, s.cfg.Cap.Seconds()))
}

// floor in seconds. Not more than two looks run at once.
func (s *Scheduler) floor() float64 {
	return max(s.cfg.Floor.Seconds(), s.trip.value/maxLooks)
}
