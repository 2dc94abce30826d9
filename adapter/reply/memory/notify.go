package memory

import (
	"slices"
	"sync/atomic"

	"github.com/homing-dev/homing/adapter/reply"
)

// listener is one call of Notify.
type listener struct {
	arrived func(reply.Reply)
	stopped atomic.Bool
}

func (l *listener) tell(r reply.Reply) {
	if !l.stopped.Load() {
		l.arrived(clone(r))
	}
}

// Notify implements [reply.Notifier]. Every arrived function gets a copy of
// its own and may call the store. stop does not wait: a Complete that runs at
// the same time may still call arrived once. It may be called again, and from
// arrived itself.
func (s *Store) Notify(box reply.Mailbox, arrived func(reply.Reply)) (stop func()) {
	l := &listener{arrived: arrived}
	s.mu.Lock()
	defer s.mu.Unlock()
	// A new slice each time: a running Complete goes through the former one
	// without the lock.
	s.listeners[box] = append(slices.Clip(s.listeners[box]), l)
	return func() {
		l.stopped.Store(true)
		s.forget(box, l)
	}
}

func (s *Store) forget(box reply.Mailbox, l *listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rest := slices.DeleteFunc(slices.Clone(s.listeners[box]), func(other *listener) bool { return other == l })
	if len(rest) == 0 {
		delete(s.listeners, box)
		return
	}
	s.listeners[box] = rest
}
