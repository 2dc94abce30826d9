package invoke

import "slices"

// maxMoves is how often an invocation may meet a runtime that goes without
// taking it.
const maxMoves = 3

// leave takes an environment out of use whose runtime has gone while it waited
// for work. Mostly its process is ending. A runtime that works on several
// invocations, and stops after a panic in one, finishes the others first.
func (s *Service) leave(e *environment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.function.remove(e)
	select {
	case <-e.left:
		return
	default:
		close(e.left)
	}
	if e.used == 0 && !s.closed {
		s.running.Go(func() { e.stop(nil) })
	}
}

// move gives an invocation that a runtime has left behind to another
// environment, as if it had only come now. It gives false if the runtime has
// taken it, if the environment never was ready, which is the invocation's
// failure, or if there is no room.
func (e *environment) move(inv *invocation) bool {
	if !e.isReady() || inv.moves >= maxMoves || inv.isAnswered() || !inv.claimed.CompareAndSwap(false, true) {
		return false
	}
	to := e.service.exchange(e)
	if to == nil {
		inv.claimed.Store(false) // a neighbour may still take it
		return false
	}
	e.drop(inv)
	inv.moves++
	inv.claimed.Store(false)
	to.submit(inv)
	return true
}

// exchange gives a slot of e back for one in another environment; nil if there
// is none, and then the slot is kept.
func (s *Service) exchange(e *environment) *environment {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	e.function.remove(e)
	e.used--
	if e.used == 0 {
		s.rest(e) // which makes room, so that there is some
	}
	to := s.grant(e.function)
	if to == nil { // others share e, which counts as long as it works
		e.used++
		return nil
	}
	e.function.stats.Invocations-- // it is the same one
	return to
}

// isShared says whether an environment works on more than one invocation.
func (s *Service) isShared(e *environment) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return e.used > 1
}

// drop forgets an invocation that is no longer the environment's.
func (e *environment) drop(inv *invocation) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.inflight, inv.id)
	e.answered = slices.DeleteFunc(e.answered, func(other *invocation) bool { return other == inv })
}
