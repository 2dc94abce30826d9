package memory

import (
	"slices"
	"sync/atomic"

	"github.com/homing-dev/homing/adapter/reply"
)

// mailbox holds the completed records of one mailbox in the order of their
// ids. Replies come about in the order of their requests and expire so too:
// inserting moves a few pointers at the end, removing a few at the front.
type mailbox struct {
	records []*record
}

// from returns the records with id >= since. It may be called on nil.
func (m *mailbox) from(since reply.ID) []*record {
	if m == nil {
		return nil
	}
	at, _ := m.find(since)
	return m.records[at:]
}

func (m *mailbox) find(id reply.ID) (int, bool) {
	return slices.BinarySearchFunc(m.records, id, func(r *record, id reply.ID) int {
		return r.reply.ID.Compare(id)
	})
}

func (m *mailbox) insert(rec *record) {
	at, _ := m.find(rec.reply.ID)
	m.records = slices.Insert(m.records, at, rec)
}

func (m *mailbox) remove(rec *record) {
	at, ok := m.find(rec.reply.ID)
	if !ok {
		return
	}
	if at >= len(m.records)/2 {
		m.records = slices.Delete(m.records, at, at+1)
		return
	}
	copy(m.records[1:at+1], m.records[:at]) // the shorter part moves
	m.records[0] = nil
	m.records = m.records[1:]
}

// box returns the mailbox to put a reply into.
func (s *Store) box(name reply.Mailbox) *mailbox {
	m := s.boxes[name]
	if m == nil {
		m = &mailbox{}
		s.boxes[name] = m
	}
	return m
}

// unbox takes a record out of its mailbox, which goes with its last record.
func (s *Store) unbox(name reply.Mailbox, rec *record) {
	m := s.box(name)
	m.remove(rec)
	if len(m.records) == 0 {
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
