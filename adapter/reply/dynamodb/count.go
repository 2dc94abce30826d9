package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/homing-dev/homing/adapter/reply"
)

const (
	// attrPaid is when nothing is owed any more of what a counter counts.
	attrPaid = "pd" // N, Unix nanoseconds
	// attrReport begins the attribute of each replica that has reported to it.
	attrReport = "r:" // S: asked, held, and until when that is believed, in Unix nanoseconds

	// reportGrace is after what time a report that is not believed is removed: its
	// replica does not report any more.
	reportGrace = time.Minute
	// counterGrace is for how long a counter is there at least when nothing is owed.
	counterGrace = 24 * time.Hour
)

// Count implements [reply.Counting]. It is one UpdateItem, of an item that has some 60
// bytes for each replica that reports numbers. It is another one if Owed was wrong, or
// to remove what replicas have left that are gone; nothing is retried. The clock is that
// of this process, corrected by the Date of the table's answers.
func (s *Store) Count(ctx context.Context, u reply.Use) (reply.Total, error) {
	o := s.once("count")
	o.now = o.now.Add(s.server.ahead())
	owing := u.Owed > 0
	for range maxRounds {
		it, err := o.count(ctx, u, owing)
		if errors.Is(err, errCondition) {
			owing = !owing
			continue
		}
		if err != nil {
			return reply.Total{}, err
		}
		return o.total(ctx, u, it)
	}
	return reply.Total{}, o.fail(errBusy)
}

// count writes a use to its item, if that owes something or does not, and returns the item.
func (o *operation) count(ctx context.Context, u reply.Use, owing bool) (item, error) {
	c := newChange(counterKey(u.Key), "attribute_not_exists(#pd) OR #pd < :now").value("now", numberValue(o.now.UnixNano()))
	paid := o.now.Add(u.Spent).UnixNano()
	if owing {
		c.when = "#pd >= :now"
		c.set = append(c.set, "#pd = #pd + :pd")
		paid = int64(u.Spent)
	} else {
		c.set = append(c.set, "#pd = :pd")
	}
	c.value(attrPaid, numberValue(paid)).put(TTLAttribute, sweptValue(o.now.Add(counterGrace+u.For+u.Owed+max(u.Spent, 0))))
	if u.Asked != 0 || u.Held != 0 {
		c.put("me", textValue(fmt.Sprintf("%d %d %d", u.Asked, u.Held, o.now.Add(u.For).UnixNano())))
	} else {
		c.drop("me")
	}
	return o.updateCounter(ctx, c, attrReport+u.Replica)
}

// updateCounter writes a change, in which #me is an attribute, once.
func (o *operation) updateCounter(ctx context.Context, c *change, me string) (returned item, err error) {
	expression := c.expression()
	in := &dynamodb.UpdateItemInput{
		TableName: &o.s.opts.Table, Key: c.key, UpdateExpression: &expression,
		ExpressionAttributeNames: namesIn(expression, c.when), ReturnValues: types.ReturnValueAllNew,
	}
	in.ExpressionAttributeNames["#me"] = me
	if c.when != "" {
		in.ConditionExpression, in.ExpressionAttributeValues = &c.when, c.values
	}
	err = o.read(ctx, func(ctx context.Context) error {
		sent := time.Now()
		out, err := o.s.opts.Client.UpdateItem(ctx, in, own)
		if err == nil {
			returned = out.Attributes
			if date, ok := middleware.GetServerTime(out.ResultMetadata); ok {
				o.s.server.saw(sent, time.Now(), date)
			}
		}
		return err
	})
	return returned, err
}

// total reads a counter, and removes the report of a replica that is gone.
func (o *operation) total(ctx context.Context, u reply.Use, it item) (total reply.Total, err error) {
	a := attributes{item: it}
	total.Debt = max(time.Unix(0, a.number(attrPaid)).Sub(o.now), 0)
	gone := ""
	for name := range it {
		replica, ok := strings.CutPrefix(name, attrReport)
		if !ok || replica == u.Replica {
			continue
		}
		var asked, held, until int64
		if _, err := fmt.Sscan(a.text(name), &asked, &held, &until); err != nil {
			a.malformed(name)
		}
		switch expires := time.Unix(0, until); {
		case !passed(expires, o.now):
			total.Asked += asked
			total.Held += held
		case passed(expires.Add(reportGrace), o.now):
			gone = name
		}
	}
	if a.err != nil {
		return reply.Total{}, o.fail(a.err)
	}
	if gone != "" {
		_, _ = o.updateCounter(ctx, newChange(counterKey(u.Key), "").drop("me"), gone) // the next call tries it again
	}
	return total, nil
}

// serverClock is how far the clock of the table is ahead of this process's: between two
// bounds, which the Date of each answer, in whole seconds, brings nearer to each other.
// It is safe for concurrent use; one that is nil is not ahead.
type serverClock struct {
	mu        sync.Mutex
	low, high time.Duration
	known     bool
}

// saw notes the Date of an answer to what was sent at a time.
func (c *serverClock) saw(sent, got, date time.Time) {
	if c == nil {
		return
	}
	low, high := date.Sub(got), date.Add(time.Second).Sub(sent)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known || low > c.high || high < c.low { // the first one, or a clock was set
		c.low, c.high, c.known = low, high, true
		return
	}
	c.low, c.high = max(c.low, low), min(c.high, high)
}

// ahead returns the least that is possible.
func (c *serverClock) ahead() time.Duration {
	if c == nil {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(c.low, min(c.high, 0))
}
