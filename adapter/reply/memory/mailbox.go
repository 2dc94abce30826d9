package memory

import (
	"slices"
	"sync/atomic"

	"github.com/homing-dev/homing/adapter/reply"
)

// mailbox holds the completed records of one mailbox in the order of their
// ids. Replies come about in the order of their requests and expire so too:
// inserting moves a few pointers at the end, removing a few at the front.
type mailbox []*record

// from returns the records with id >= since.
func (m mailbox) from(since reply.ID) []*record {
	at, _ := m.find(since)
	return m[at:]
}

func (m mailbox) find(id reply.ID) (int, bool) {
	return slices.BinarySearchFunc(m, id, func(r *record, id reply.ID) int { return r.reply.ID.Compare(id) })
}

func (m mailbox) insert(rec *record) mailbox {
	at, _ := m.find(rec.reply.ID)
	return slices.Insert(m, at, rec)
}

func (m mailbox) remove(rec *record) mailbox {
	at, ok := m.find(rec.reply.ID)
	switch {
	case !ok:
		return m
	case at >= len(m)/2:
		return slices.Delete(m, at, at+1)
	}
	copy(m[1:at+1], m[:at]) // the shorter part moves
	m[0] = nil
	return m[1:]
}

// unbox takes a record out of its mailbox, which goes with its last record.
func (s *Store) unbox(name reply.Mailbox, rec *record) {
	if m := s.boxes[name].remove(rec); len(m) > 0 {
		s.boxes[name] = m
	} else {
		delete(s.boxes, name)
	}
}

// listener is one call of Notify.
type listener struct {
	arrived func(reply.Reply)
	stopped atomic.Bool
}

func (l *listener) notify(r reply.Reply) {
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
