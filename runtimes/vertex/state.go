package vertex

// State returns how the policy of step number n stands: its breaker is "closed",
// "open" or "half-open", or "" if it has none; limit is how many attempts may run at
// once now, 0 if there is no limit.
func (v *Vertex) State(n int) (breaker string, limit int) {
	s := v.steps[n]
	if s.breaker != nil {
		breaker = s.breaker.circuit.State().String()
	}
	if s.limit != nil {
		limit = s.limit.current()
	}
	return breaker, limit
}
