package dynamodb

import (
	"context"
	"sync"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// Store implements [reply.Store] and [reply.Scanner] on a table. Create one with
// [New]. It is safe for concurrent use, by any number of processes on the same
// table, and holds nothing that must be closed.
//
// A call that fails because the table cannot take it now is retried: when it is
// throttled, out of reach, silent or in trouble. Every change carries a random
// name, so that one whose answer was lost is recognised when it is repeated:
// its own earlier attempt is success and never a conflict. A change is waited
// for a second longer than its context lets it, once it is sent, so that what
// became of it is usually known.
//
// An error that is not one of package reply names the operation and what the
// last attempt met, and no data.
type Store struct {
	opts        Options
	settle      time.Duration // settleTime, but for tests
	server      *serverClock  // nil if the clock is that of the options
	compressors sync.Pool     // of *flate.Writer: each takes more than half a megabyte
}

var (
	_ reply.Store    = (*Store)(nil)
	_ reply.Scanner  = (*Store)(nil)
	_ reply.Counting = (*Store)(nil)
)

// New creates a store on a table that is there. Nothing is called.
func New(opts Options) (*Store, error) {
	var server *serverClock
	if opts.Now == nil {
		server = &serverClock{}
	}
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Store{opts: opts, settle: settleTime, server: server}, nil
}

// passed reports whether the moment t has come.
func passed(t, now time.Time) bool { return !now.Before(t) }

// Lookup implements [reply.Store]. It is one strongly consistent read, and one
// for every mebibyte of a reply in parts.
func (s *Store) Lookup(ctx context.Context, id reply.ID) (reply.Record, error) {
	got, err := s.begin("lookup").get(ctx, id, true)
	return got.Record, err
}

// Get implements [reply.Scanner]. It is not retried.
func (s *Store) Get(ctx context.Context, id reply.ID, consistent bool) (reply.GetResult, error) {
	return s.once("get").get(ctx, id, consistent)
}

func (o *operation) get(ctx context.Context, id reply.ID, consistent bool) (got reply.GetResult, err error) {
	it, units, err := o.getItem(ctx, recordKey(id), consistent)
	got.Units = units
	if err != nil {
		return got, err
	}
	rec, err := parseRecord(id, it)
	if err != nil {
		return got, o.fail(err)
	}
	if err := rec.known(o.now); err != nil {
		return got, err
	}
	if rec.state != stateCompleted {
		got.Record = reply.Record{Request: rec.request, State: reply.Pending}
		if rec.state == stateCancelled {
			got.State = reply.Cancelled
		}
		return got, nil
	}
	r, more, err := o.replyOf(ctx, rec, consistent)
	got.Units += more
	if err != nil {
		return got, err
	}
	got.Record = reply.Record{Request: rec.request, State: reply.Completed, Reply: r}
	got.Written = rec.written
	return got, nil
}
