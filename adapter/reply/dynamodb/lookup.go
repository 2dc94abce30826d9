package dynamodb

import (
	"context"

	"github.com/homing-dev/homing/adapter/reply"
)

// Lookup implements [reply.Store]. It is one strongly consistent read, and one
// for every mebibyte of a reply in parts.
func (s *Store) Lookup(ctx context.Context, id reply.ID) (reply.Record, error) {
	seen, err := s.begin("lookup").lookAt(ctx, id, true)
	return seen.Record, err
}

// Get implements [reply.Scanner]. It is not retried.
func (s *Store) Get(ctx context.Context, id reply.ID, consistent bool) (reply.GetResult, error) {
	return s.once("look at").lookAt(ctx, id, consistent)
}

func (o *operation) lookAt(ctx context.Context, id reply.ID, consistent bool) (seen reply.GetResult, err error) {
	it, units, err := o.getItem(ctx, recordKey(id), consistent)
	seen.Units = units
	if err != nil {
		return seen, err
	}
	rec, err := parseRecord(id, it)
	if err != nil {
		return seen, o.fail(err)
	}
	if err := rec.known(o.now); err != nil {
		return seen, err
	}
	if rec.state != stateCompleted {
		seen.Record = reply.Record{Request: rec.request, State: reply.Pending}
		if rec.state == stateCancelled {
			seen.State = reply.Cancelled
		}
		return seen, nil
	}
	packed, more, err := o.stored(ctx, rec, consistent)
	seen.Units += more
	if err != nil {
		return seen, err
	}
	r, err := rec.reply(packed)
	if err != nil {
		return seen, o.fail(err)
	}
	seen.Record = reply.Record{Request: rec.request, State: reply.Completed, Reply: r}
	seen.Written = rec.written
	return seen, nil
}
