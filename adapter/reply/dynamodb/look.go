package dynamodb

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/homing-dev/homing/adapter/reply"
)

// Collect implements [reply.Store]: strongly consistent reads of a mebibyte
// each. A reply that cannot be read is left out; Lookup says why.
func (s *Store) Collect(ctx context.Context, box reply.Mailbox, since reply.ID) ([]reply.Reply, error) {
	found, err := s.begin("collect").gather(ctx, byID(box, since, true), true)
	if err != nil {
		return nil, err
	}
	replies := make([]reply.Reply, len(found.Replies))
	for i, a := range found.Replies {
		replies[i] = a.Reply
	}
	return replies, nil
}

// Scan implements [reply.Scanner]. It is not retried. It reads all that there
// is, page by page; so what bounds its memory is what has come, and is kept, of
// the requests since l.Oldest, or since l.Cursor with [Options].Arrivals. A
// reply that cannot be read is left out; LookAt says why.
func (s *Store) Scan(ctx context.Context, l reply.ScanQuery) (reply.ScanResult, error) {
	o := s.once("look")
	if !s.opts.Arrivals {
		return o.gather(ctx, byID(l.Box, l.Oldest, l.Consistent), l.Consistent)
	}
	after := s.after(l)
	found, err := o.gather(ctx, byArrival(l.Box, after), false) // an index has no consistent reads
	if err == nil {
		found.Cursor = s.cursor(l, found, after)
	}
	return found, err
}

// byID is a query for a mailbox from an id on, in the order of the ids.
func byID(box reply.Mailbox, since reply.ID, consistent bool) *dynamodb.QueryInput {
	const condition = "#pk = :pk AND #sk >= :since"
	return &dynamodb.QueryInput{
		ConsistentRead:           &consistent,
		KeyConditionExpression:   new(condition),
		ExpressionAttributeNames: namesIn(condition),
		ExpressionAttributeValues: item{
			":pk": textValue(mailboxKey(box)), ":since": textValue(since.String()),
		},
	}
}

// gather reads the completed replies that a query gives.
func (o *operation) gather(ctx context.Context, in *dynamodb.QueryInput, consistent bool) (found reply.ScanResult, err error) {
	var records []*record
	found.Units, err = o.query(ctx, in, func(it item) error {
		if rec, ok := o.completedRecord(it); ok {
			records = append(records, rec)
		}
		return nil
	})
	if err != nil {
		return found, err
	}
	for _, rec := range records {
		packed, units, err := o.stored(ctx, rec, consistent)
		found.Units += units
		if errors.Is(err, errParts) {
			continue
		}
		if err != nil {
			return found, err
		}
		if r, err := rec.reply(packed); err == nil {
			found.Replies = append(found.Replies, reply.Arrival{Reply: r, Written: rec.written})
		}
	}
	return found, nil
}

// completedRecord reads an item if it is a record that is completed and not
// expired.
func (o *operation) completedRecord(it item) (*record, bool) {
	sk, err := text(it, attrSK)
	if err != nil {
		return nil, false
	}
	id, err := reply.ParseID(sk)
	if err != nil {
		return nil, false
	}
	rec, err := parseRecord(id, it)
	if err != nil || rec.known(o.now) != nil || rec.state != stateCompleted {
		return nil, false
	}
	return rec, true
}
