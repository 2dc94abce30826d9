package schedule

import "math"

// When nothing is known of a chain, or of what looks at the mailbox miss.
const (
	missedUnknown = 1.0    // seconds: age of the first look by key
	missedKnown   = 16     // replies that have to be known to do better
	missedPrior   = 0.5    // replies that are taken for missed
	missedOf      = 1000.0 // of so many
	missedGrowth  = 1.5    // of the age, from one look by key to the next
	missedStep    = 1.1    // of the age, when it is looked for
)

// nextMissed is when a call is to be looked for by key, in case a look at the
// mailbox has missed its reply: its stamp came from a clock that runs behind,
// or the index was late.
func (s *Scheduler) nextMissed(c *call, t float64) float64 {
	if c.looked < c.start {
		return c.start + max(s.missedAge(c.chain), c.age(c.since))
	}
	return max(c.start+c.age(c.looked)*missedGrowth, t)
}

// missedAge is the age at which the waiting for a reply that may have been
// missed has cost, in expectation, as much as a look by key.
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
	for waited*s.cfg.Price < s.keyUnits.value && age < gridLimit {
		cumulated, _ := walk.At(age)
		left := math.Exp(-cumulated)
		missed := share * (1 - left)
		waited += missed / (missed + left) * age * (missedStep - 1)
		age *= missedStep
	}
	return age
}
