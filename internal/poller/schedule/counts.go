package schedule

// Counts of what a scheduler has done.
type Counts struct {
	// Looks at the mailbox, and ByKey and Last those for one call: in between,
	// and before its deadline.
	Looks, ByKey, Last int
	// Failures of reads.
	Failures int
	// Replies that were delivered.
	Replies int
	// Units that the reads have taken.
	Units float64
}

// Counts since the scheduler was made.
func (s *Scheduler) Counts() Counts { return s.counts }

// Stragglers is how many calls are looked for by key alone.
func (s *Scheduler) Stragglers() int { return len(s.calls) - s.pooled }
