package memory

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// Complete implements [reply.Store]. The Request in r replaces the one that
// was registered; when r has no Key, that of the registered request counts.
func (s *Store) Complete(ctx context.Context, r reply.Reply) error {
	if err := alive(ctx); err != nil {
		return err
	}
	rec := &record{reply: clone(r), state: reply.Completed}
	rec.size = rec.measure()
	now := s.opts.Now()

	s.mu.Lock()
	err := s.complete(rec, now)
	// Whoever listens at the moment of the write is told, nobody else: so a
	// Notify that is followed by a Collect misses nothing.
	listeners := s.listeners[r.ID.Mailbox()]
	s.mu.Unlock()

	if err != nil {
		return err
	}
	for _, l := range listeners {
		l.tell(rec.reply)
	}
	return nil
}

func (s *Store) complete(rec *record, now time.Time) error {
	s.sweep(now, sweepPerWrite)
	r := &rec.reply
	registered, err := s.find(r.ID, now)
	switch {
	case isExpired(err), passed(r.Expires, now):
		return reply.ErrExpired
	case registered == nil:
		if !s.owns(r.Key, r.ID, now) {
			return reply.ErrSuperseded
		}
		if !s.makeRoom(now, rec.size) {
			return reply.ErrFull
		}
		s.add(rec)
	case registered.state == reply.Completed:
		return reply.ErrCompleted
	case registered.state == reply.Cancelled:
		return reply.ErrCancelled
	default:
		r.Key = cmp.Or(r.Key, registered.reply.Key)
		if !s.owns(r.Key, r.ID, now) {
			return reply.ErrSuperseded
		}
		s.fulfil(registered, rec)
		rec = registered
	}
	s.keepKey(rec.reply.Key)
	s.box(r.ID.Mailbox()).insert(rec)
	return nil
}

// fulfil turns a registered record into the completed one. There is always
// room: it was promised.
func (s *Store) fulfil(registered, completed *record) {
	s.pending--
	s.bytes += completed.size - registered.size
	registered.reply, registered.state, registered.size = completed.reply, reply.Completed, completed.size
	s.expiring.move(&registered.expiry, completed.reply.Expires)
}

func isExpired(err error) bool { return errors.Is(err, reply.ErrExpired) }
