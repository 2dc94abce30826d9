package schedule

// The calls that share the looks form a list in the order of their ids. New
// ones nearly always come at its end.

// share lets a call take part in the looks at the mailbox.
func (s *Scheduler) share(c *call) {
	s.pooled++
	c.chain.buckets.add(c.start)
	after := s.newest
	for after != nil && after.id.Compare(c.id) > 0 {
		after = after.older
	}
	c.older = after
	if after == nil {
		c.newer, s.oldest = s.oldest, c
	} else {
		c.newer, after.newer = after.newer, c
	}
	if c.newer == nil {
		s.newest = c
	} else {
		c.newer.older = c
	}
}

// unshare takes a call out of the looks at the mailbox.
func (s *Scheduler) unshare(c *call) {
	s.pooled--
	c.chain.buckets.remove(c.start)
	if c.older == nil {
		s.oldest = c.newer
	} else {
		c.older.newer = c.newer
	}
	if c.newer == nil {
		s.newest = c.older
	} else {
		c.newer.older = c.older
	}
	c.older, c.newer = nil, nil
}
