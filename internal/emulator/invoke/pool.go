package invoke

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/homing-dev/homing/internal/processgroup"
)

// Reasons of a throttle, as ThrottleReason in the Invoke API.
const (
	reasonReserved = "ReservedFunctionConcurrentInvocationLimitExceeded"
	reasonLimit    = "ConcurrentInvocationLimitExceeded"
)

// acquire takes a slot in an environment of f. If there is no room, it fails as
// throttled, or waits until ctx ends, and then fails with its cause.
func (s *Service) acquire(ctx context.Context, f *function, wait bool) (*environment, error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, errClosed
	}
	if !wait || len(f.waiting) == 0 {
		if e := s.grant(f); e != nil {
			s.mu.Unlock()
			return e, nil
		}
		f.stats.Throttles++
	}
	if !wait {
		s.mu.Unlock()
		if f.Reserved > 0 {
			return nil, errThrottled(reasonReserved)
		}
		return nil, errThrottled(reasonLimit)
	}
	granted := make(chan *environment, 1)
	f.waiting = append(f.waiting, granted)
	s.mu.Unlock()
	select {
	case e := <-granted:
		return e, nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f.waiting = without(f.waiting, granted)
	select {
	case e := <-granted: // in the same moment
		return e, nil
	default:
		return nil, fmt.Errorf("invoke %s: %w", f.Name, context.Cause(ctx))
	}
}

// grant takes a slot if there is room, and starts an environment if it must.
// The caller holds mu.
func (s *Service) grant(f *function) *environment {
	e := f.free()
	if e != nil && e.used > 0 {
		return s.use(e)
	}
	if s.full(f) {
		return nil
	}
	if e == nil {
		e = s.launchEnvironment(f)
	}
	return s.use(e)
}

// full reports whether no further environment of f may work. The caller holds
// mu.
func (s *Service) full(f *function) bool {
	if f.Reserved > 0 {
		return f.working >= f.Reserved
	}
	return s.working >= s.opts.Limit || s.opts.Each > 0 && f.working >= s.opts.Each
}

// free finds an environment with a free slot: one that works already, else the
// one used last; nil if there is none. The caller holds Service.mu.
func (f *function) free() *environment {
	free := slices.DeleteFunc(slices.Clone(f.environments), func(e *environment) bool { return e.used >= f.PerEnvironment })
	if len(free) == 0 {
		return nil
	}
	return slices.MaxFunc(free, func(a, b *environment) int {
		return cmp.Or(cmp.Compare(min(a.used, 1), min(b.used, 1)), cmp.Compare(a.last, b.last))
	})
}

// use takes a slot and wakes the environment up. The caller calls submit.
// The caller holds mu.
func (s *Service) use(e *environment) *environment {
	s.running.Add(1) // for watch; here, since Close cannot be waiting yet
	e.used++
	s.clock++
	e.last = s.clock
	f := e.function
	f.stats.Invocations++
	if e.used == 1 {
		s.tally(f, 1)
		if e.idle != nil {
			e.idle.Stop()
		}
		if e.frozen {
			e.frozen = false
			e.signal(processgroup.Continue)
		}
	}
	return e
}

// release frees a slot, for whoever waits.
func (s *Service) release(e *environment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.used--
	if e.used == 0 {
		s.park(e)
	}
	s.admit()
}

// tally counts environments at work. The caller holds mu.
func (s *Service) tally(f *function, n int) {
	f.working += n
	if f.Reserved == 0 {
		s.working += n
	}
}

// park stops an environment that has no work until it has some, or ends it if
// it is out of use. The caller holds mu.
func (s *Service) park(e *environment) {
	f := e.function
	s.tally(f, -1)
	switch {
	case s.closed:
		return
	case !slices.Contains(f.environments, e):
		s.running.Go(func() { e.stop(nil) })
		return
	}
	if f.PerEnvironment == 1 && !s.opts.NoFreeze && len(f.waiting) == 0 {
		e.frozen = true
		e.signal(processgroup.Stop)
	}
	used := e.last
	e.idle = time.AfterFunc(s.opts.IdleTime, func() { s.retire(e, used) })
}

// admit lets in who waits, as far as there is room. The caller holds mu.
func (s *Service) admit() {
	if s.closed {
		return
	}
	for _, f := range s.functions {
		for len(f.waiting) > 0 {
			e := s.grant(f)
			if e == nil {
				break
			}
			f.waiting[0] <- e
			f.waiting = f.waiting[1:]
		}
	}
}

// launchEnvironment starts a process, and ends the one that was not used for
// the longest time if there are too many. The caller holds mu.
func (s *Service) launchEnvironment(f *function) *environment {
	if len(s.all) >= s.limit {
		s.evict()
	}
	e := newEnvironment(s, f)
	f.environments = append(f.environments, e)
	f.stats.ColdStarts++
	s.all[e] = struct{}{}
	s.running.Go(e.run)
	return e
}

func (s *Service) evict() {
	idle := slices.DeleteFunc(slices.Collect(maps.Keys(s.all)), func(e *environment) bool {
		return e.used > 0 || !slices.Contains(e.function.environments, e)
	})
	if len(idle) > 0 {
		s.dismiss(slices.MinFunc(idle, func(a, b *environment) int { return cmp.Compare(a.last, b.last) }))
	}
}

// retire ends an environment that has had no work for the idle time: none
// since it was used as the used-th.
func (s *Service) retire(e *environment, used uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed && e.used == 0 && e.last == used && slices.Contains(e.function.environments, e) {
		s.dismiss(e)
	}
}

// dismiss ends an idle environment. The caller holds mu.
func (s *Service) dismiss(e *environment) {
	e.function.remove(e)
	e.idle.Stop()
	s.running.Go(func() { e.stop(nil) })
}

// discard kills an environment, after taking it out of use, so that no further
// invocation meets it.
func (s *Service) discard(e *environment) {
	s.mu.Lock()
	e.function.remove(e)
	s.mu.Unlock()
	e.ask()
	e.signal(processgroup.Kill)
}

// starved reports whether the kernel has killed a process for want of memory that
// no other environment stands for: since there were kills of them.
func (s *Service) starved(kills int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := oomKills(os.DirFS("/"))
	if now <= max(kills, s.kills) {
		return false
	}
	s.kills = now
	return true
}

// forget takes an environment out of use whose process has ended.
func (s *Service) forget(e *environment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.function.remove(e)
	delete(s.all, e)
	if e.idle != nil {
		e.idle.Stop()
	}
}

func (f *function) remove(e *environment) {
	f.environments = without(f.environments, e)
}

func without[T comparable](list []T, gone T) []T {
	return slices.DeleteFunc(list, func(other T) bool { return other == gone })
}

// isShared reports whether an environment works on more than one invocation.
func (s *Service) isShared(e *environment) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return e.used > 1
}

// leave takes an environment out of use whose runtime has gone while it waited
// for work. Mostly its process is ending. A runtime that works on several
// invocations, and stops after a panic in one, finishes the others first.
func (s *Service) leave(e *environment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.function.remove(e)
	if isClosed(e.left) {
		return
	}
	close(e.left)
	if e.used == 0 && !s.closed {
		s.running.Go(e.endSoon)
	}
}

// exchange swaps a slot of e for one in another environment; nil if there
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
		s.park(e) // so that there is room
	}
	to := s.grant(e.function)
	if to == nil { // others share e, which counts as long as it works
		e.used++
		return nil
	}
	e.function.stats.Invocations-- // it is the same one
	return to
}
