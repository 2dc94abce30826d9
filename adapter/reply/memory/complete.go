package memory

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// Complete implements [reply.Store]. The Request in r replaces the one that
// was registered, but for what is empty in it.
func (s *Store) Complete(ctx context.Context, r reply.Reply) error {
	if err := alive(ctx); err != nil {
		return err
	}
	rec := &record{reply: clone(r), state: reply.Completed}
	rec.reply.Callback = ""
	rec.size = rec.measure()
	if rec.size > s.opts.MaxReply {
		return reply.TooLarge(s.opts.MaxReply)
	}
	now := s.opts.Now()

	s.mu.Lock()
	err := s.complete(rec, now)
	arrived := rec.reply // a Register that comes late fills in what is stored
	// Whoever listens at the moment of the write is notified, nobody else: so a
	// Notify that is followed by a Collect misses nothing.
	listeners := s.listeners[r.ID.Mailbox()]
	s.mu.Unlock()

	if err != nil {
		return err
	}
	for _, l := range listeners {
		l.notify(arrived)
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
		if err := s.makeRoom(r.Tenant, now, rec.size); err != nil {
			return err
		}
		s.add(rec)
	case registered.state == reply.Completed:
		return reply.ErrCompleted
	case registered.state == reply.Cancelled:
		return reply.ErrCancelled
	default:
		r.Request = filled(r.Request, registered.reply.Request)
		rec.size = rec.measure()
		if !s.owns(r.Key, r.ID, now) {
			return reply.ErrSuperseded
		}
		s.fulfil(registered, rec)
		rec = registered
	}
	s.keepKey(rec.reply.Key, rec.reply.ID)
	name := r.ID.Mailbox()
	s.boxes[name] = s.boxes[name].insert(rec)
	return nil
}

// filled is r with what is empty in it taken from the other.
func filled(r, other reply.Request) reply.Request {
	r.Tenant = cmp.Or(r.Tenant, other.Tenant)
	r.Chain = cmp.Or(r.Chain, other.Chain)
	r.Key = cmp.Or(r.Key, other.Key)
	return r
}

// fillIn is what a Register does that comes after the reply.
func (s *Store) fillIn(rec *record, r reply.Request) {
	if rec.state != reply.Completed {
		return
	}
	s.undeliver(rec)
	s.count(rec.reply.Tenant, usage{bytes: -rec.size, entries: -1})
	rec.reply.Request = filled(rec.reply.Request, r)
	rec.size = rec.measure()
	s.count(rec.reply.Tenant, usage{bytes: rec.size, entries: 1}).expects(rec.expires)
	s.keepKey(rec.reply.Key, rec.reply.ID)
}

// fulfil turns a registered record into the completed one. There is always
// room: it was promised.
func (s *Store) fulfil(registered, completed *record) {
	s.count(registered.reply.Tenant, usage{bytes: -registered.size, entries: -1, pending: -1})
	s.count(completed.reply.Tenant, usage{bytes: completed.size, entries: 1}).expects(completed.reply.Expires)
	registered.reply, registered.state, registered.size = completed.reply, reply.Completed, completed.size
	s.expiring.move(&registered.expiry, completed.reply.Expires)
}

func isExpired(err error) bool { return errors.Is(err, reply.ErrExpired) }
