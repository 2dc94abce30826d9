package dynamodb

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/homing-dev/homing/adapter/reply"
)

// maxSkew is by how much the clock of a writer may be behind the clock of the
// adapter that began the request, for a look without a cursor to find it.
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

// after is from when on a look at the index reads.
func (s *Store) after(l reply.ScanQuery) time.Time {
	if t, ok := arrivalTime(l.Cursor); ok {
		return t.Add(-s.opts.Slack)
	}
	return l.Oldest.Time().Add(-maxSkew)
}

// cursor is for the next look: the last arrival, but not one in the future. A
// writer whose clock is ahead would let the next look pass over the others.
func (s *Store) cursor(l reply.ScanQuery, found reply.ScanResult, after time.Time) string {
	last := after.Add(s.opts.Slack) // the next look reads from here again if nothing has come
	if t, ok := arrivalTime(l.Cursor); ok {
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
