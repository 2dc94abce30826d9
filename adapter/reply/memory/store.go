package memory

import (
	"container/list"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// Store implements [reply.Store] and [reply.Notifier] in memory. Create one with
// [New]. It is safe for concurrent use.
//
// The data of an event is passed on and never copied: whoever passes a reply
// in or gets one out must not change its bytes. Everything else of a reply is
// copied on the way in and on the way out, so setting an attribute of an event
// never alters the stored reply.
//
// A call whose context has ended returns its error and changes nothing; no method
// blocks.
type Store struct {
	opts Options

	// One mutex guards everything below: it carries some 200 000 replies a
	// second, far more than an adapter serves. Shards would each need a share
	// of the bounds.
	mu         sync.Mutex
	records    map[reply.ID]*record
	claims     map[string]*claim
	boxes      map[reply.Mailbox]mailbox
	listeners  map[reply.Mailbox][]*listener
	expiring   expiryHeap
	tombstones tombstones
	tenants    int // that have a share each
	most       func(tenant string) int64
	accounts   map[string]*account
	used       usage // by all tenants
	counters   map[string]*counter
}

var (
	_ reply.Store    = (*Store)(nil)
	_ reply.Notifier = (*Store)(nil)
	_ reply.Sharing  = (*Store)(nil)
	_ reply.Limiting = (*Store)(nil)
	_ reply.Counting = (*Store)(nil)
)

// record is a request and, once it is completed, its reply.
type record struct {
	expiry

	reply reply.Reply // only its Request is set unless state is Completed
	state reply.State
	size  int64

	delivered   *list.Element // in its account; nil if it was not, or has a key
	deliveredAt time.Time
}

// New creates an empty store.
func New(opts Options) *Store {
	opts = opts.withDefaults()
	return &Store{
		opts:       opts,
		records:    map[reply.ID]*record{},
		claims:     map[string]*claim{},
		boxes:      map[reply.Mailbox]mailbox{},
		accounts:   map[string]*account{},
		counters:   map[string]*counter{},
		most:       func(string) int64 { return 0 },
		listeners:  map[reply.Mailbox][]*listener{},
		tombstones: newTombstones(opts.Tombstones),
	}
}

// Register implements [reply.Store]. It returns [reply.ErrExpired] for a
// request that is past its Expires, or whose id has expired.
func (s *Store) Register(ctx context.Context, r reply.Request) error {
	if err := alive(ctx); err != nil {
		return err
	}
	rec := &record{reply: reply.Reply{Request: r}, state: reply.Pending}
	rec.size = rec.measure()
	now := s.opts.Now()

	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep(now, sweepPerWrite)
	switch old, err := s.find(r.ID, now); {
	case old != nil:
		s.fillIn(old, r)
		return reply.ErrCompleted
	case isExpired(err), passed(r.Expires, now):
		return reply.ErrExpired
	}
	if err := s.makeRoom(r.Tenant, now, rec.size+s.opts.Reserve); err != nil {
		return err
	}
	s.add(rec)
	s.count(r.Tenant, usage{pending: 1})
	return nil
}

// Lookup implements [reply.Store].
func (s *Store) Lookup(ctx context.Context, id reply.ID) (reply.Record, error) {
	if err := alive(ctx); err != nil {
		return reply.Record{}, err
	}
	now := s.opts.Now()

	s.mu.Lock()
	rec, err := s.find(id, now)
	if err != nil {
		s.mu.Unlock()
		return reply.Record{}, err
	}
	kept, state := rec.reply, rec.state
	s.mu.Unlock()

	out := reply.Record{Request: kept.Request, State: state}
	if state == reply.Completed {
		out.Reply = clone(kept)
	}
	return out, nil
}

// Cancel implements [reply.Store].
func (s *Store) Cancel(ctx context.Context, id reply.ID) error {
	if err := alive(ctx); err != nil {
		return err
	}
	now := s.opts.Now()

	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep(now, sweepPerWrite)
	rec, err := s.find(id, now)
	if err != nil {
		return err
	}
	switch rec.state {
	case reply.Completed:
		return reply.ErrCompleted
	case reply.Cancelled:
		return nil
	case reply.Pending:
		rec.state = reply.Cancelled
		s.count(rec.reply.Tenant, usage{pending: -1})
		s.release(rec.reply.Key, id)
	}
	return nil
}

// Collect implements [reply.Store].
func (s *Store) Collect(ctx context.Context, box reply.Mailbox, since reply.ID) ([]reply.Reply, error) {
	if err := alive(ctx); err != nil {
		return nil, err
	}
	now := s.opts.Now()

	s.mu.Lock()
	held := s.boxes[box].from(since)
	out := make([]reply.Reply, 0, len(held))
	for _, rec := range held {
		if !passed(rec.expires, now) {
			out = append(out, rec.reply)
		}
	}
	s.mu.Unlock()

	for i := range out {
		out[i] = clone(out[i])
	}
	return out, nil
}

// find returns the live record of an id, ErrExpired or ErrUnknown.
func (s *Store) find(id reply.ID, now time.Time) (*record, error) {
	rec := s.records[id]
	switch {
	case rec != nil && !passed(rec.expires, now):
		return rec, nil
	case rec != nil, s.tombstones.has(id):
		return nil, reply.ErrExpired
	default:
		return nil, reply.ErrUnknown
	}
}

// add puts a record under an id that is not there.
func (s *Store) add(rec *record) {
	rec.expires, rec.record = rec.reply.Expires, rec
	s.records[rec.reply.ID] = rec
	s.expect(s.count(rec.reply.Tenant, usage{bytes: rec.size, entries: 1}), &rec.expiry)
}

func alive(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("reply store in memory: %w", err)
	}
	return nil
}
