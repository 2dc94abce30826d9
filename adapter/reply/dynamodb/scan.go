package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/homing-dev/homing/adapter/reply"
)

// Collect implements [reply.Store]: strongly consistent reads of a mebibyte
// each. A reply that cannot be read is left out; Lookup returns why.
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
// the requests since q.Oldest, or since q.Cursor with [Options].Arrivals. A
// reply that cannot be read is left out; Get returns why.
func (s *Store) Scan(ctx context.Context, q reply.ScanQuery) (reply.ScanResult, error) {
	o := s.once("scan")
	if !s.opts.Arrivals {
		return o.gather(ctx, byID(q.Box, q.Oldest, q.Consistent), q.Consistent)
	}
	after := s.after(q)
	found, err := o.gather(ctx, byArrival(q.Box, after), false) // an index has no consistent reads
	if err == nil {
		found.Cursor = s.cursor(q, found, after)
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

// gather reads the completed replies that a query finds.
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
		r, units, err := o.replyOf(ctx, rec, consistent)
		found.Units += units
		switch {
		case err == nil:
			found.Replies = append(found.Replies, reply.Arrival{Reply: r, Written: rec.written})
		case !errors.Is(err, errParts) && !errors.Is(err, errItem):
			return found, err
		}
	}
	return found, nil
}

// completedRecord reads an item if it is a record that is completed and not
// expired.
func (o *operation) completedRecord(it item) (*record, bool) {
	key := attributes{item: it}
	id, err := reply.ParseID(key.text(attrSK))
	if err != nil {
		return nil, false
	}
	rec, err := parseRecord(id, it)
	if err != nil || rec.known(o.now) != nil || rec.state != stateCompleted {
		return nil, false
	}
	return rec, true
}

// maxSkew is by how much the clock of a writer may be behind the clock of the
// adapter that began the request, for a scan without a cursor to find it.
const maxSkew = 10 * time.Second

// arrival is a time as a text that sorts as the times do: nanoseconds since
// 1970 in as many digits as an int64 has.
func arrival(t time.Time) string { return fmt.Sprintf("%019d", max(t.UnixNano(), 0)) }

// arrivalTime reads the time of a text of arrival, with or without the id that
// follows it in the index.
func arrivalTime(s string) (time.Time, bool) {
	digits, _, _ := strings.Cut(s, "#")
	ns, err := strconv.ParseInt(digits, 10, 64)
	return time.Unix(0, ns), err == nil
}

// after is from when on a scan of the index reads.
func (s *Store) after(q reply.ScanQuery) time.Time {
	if t, ok := arrivalTime(q.Cursor); ok {
		return t.Add(-s.opts.Slack)
	}
	return q.Oldest.Time().Add(-maxSkew)
}

// cursor is for the next scan: the last arrival, but not one in the future. A
// writer whose clock is ahead would let the next scan pass over the others.
func (s *Store) cursor(q reply.ScanQuery, found reply.ScanResult, after time.Time) string {
	last := after.Add(s.opts.Slack) // the next scan reads from here again if nothing has come
	if t, ok := arrivalTime(q.Cursor); ok {
		last = t
	}
	now := s.opts.Now()
	for _, a := range found.Replies {
		if a.Written.After(last) && !a.Written.After(now) {
			last = a.Written
		}
	}
	return arrival(last)
}

// byArrival is a query for what has come to a mailbox after a time.
func byArrival(box reply.Mailbox, after time.Time) *dynamodb.QueryInput {
	const condition = "#pk = :pk AND #ar >= :after"
	return &dynamodb.QueryInput{
		IndexName:                aws.String(IndexName),
		KeyConditionExpression:   new(condition),
		ExpressionAttributeNames: namesIn(condition),
		ExpressionAttributeValues: item{
			":pk": textValue(mailboxKey(box)), ":after": textValue(arrival(after)),
		},
	}
}
