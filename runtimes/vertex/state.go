package vertex

// State returns how the policy of step number n stands: its breaker is "closed",
// "open" or "half-open", or "" if it has none; limit is how many calls may run at once
// now, 0 if there is no limit. How many do and how many wait is known of an adaptive
// limit alone.
func (v *Vertex) State(n int) (breaker string, limit, inUse, queued int) {
	s := v.steps[n]
	if s.breaker != nil {
		breaker = s.breaker.circuit.State().String()
	}
	switch l := s.limit; {
	case l == nil:
		return breaker, 0, 0, 0
	case l.adaptive == nil:
		return breaker, l.current(), 0, 0
	default:
		return breaker, l.current(), l.adaptive.Inflight(), l.adaptive.Queued()
	}
}
