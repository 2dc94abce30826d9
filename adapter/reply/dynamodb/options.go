package dynamodb

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// API is what a [Store] calls of a *dynamodb.Client. It must be safe for
// concurrent use.
type API interface {
	GetItem(ctx context.Context, in *dynamodb.GetItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(ctx context.Context, in *dynamodb.PutItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	Query(ctx context.Context, in *dynamodb.QueryInput, opts ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	BatchWriteItem(ctx context.Context, in *dynamodb.BatchWriteItemInput,
		opts ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error)
}

var _ API = (*dynamodb.Client)(nil)

// Defaults of [Options].
const (
	DefaultMaxReply  = 16 << 20
	DefaultTombstone = 24 * time.Hour
	DefaultSlack     = 20 * time.Millisecond
	DefaultPatience  = 8 * time.Second
	DefaultAttempt   = 2 * time.Second
)

// Options configure a [Store]. Client and Table are required; the zero value
// of all else stands for the defaults. No number may be negative.
type Options struct {
	// Client makes the calls. The store retries by itself and turns the
	// client's own retries off.
	Client API
	// Table is the name of a table made by [Schema].
	Table string
	// Arrivals means that the table has the index [IndexName]: replies are
	// written to it, which doubles what a reply costs to write, and Scan reads
	// from it, so that it reads what has come since and not what waits for
	// the oldest request. All processes of a table must agree.
	Arrivals bool
	// Slack is how far behind its cursor a scan of the index reads again, for
	// writers whose clocks are behind and for what the index shows late; 0
	// means [DefaultSlack]. A reply that is later still is found by a scan
	// without a cursor, or by Get.
	Slack time.Duration
	// MaxReply is how large a reply may be, attributes and progress included,
	// in bytes before compression; 0 means [DefaultMaxReply].
	MaxReply int64
	// Tombstone is for how long after its expiry an expired request is told from
	// an unknown one; 0 means [DefaultTombstone].
	Tombstone time.Duration
	// Patience is for how long a call is retried that the table cannot take
	// now; 0 means [DefaultPatience]. Scan and Get are not retried.
	Patience time.Duration
	// Attempt is how long one attempt of a call may take; 0 means
	// [DefaultAttempt].
	Attempt time.Duration
	// Now is the clock for expiry, leases and arrivals; nil means time.Now. It
	// is called by many goroutines. Retries do not use it.
	Now func() time.Time
}

func (o Options) withDefaults() (Options, error) {
	switch {
	case o.Client == nil:
		return o, errors.New("options of the reply store in DynamoDB: the client is missing")
	case o.Table == "":
		return o, errors.New("options of the reply store in DynamoDB: the table has no name")
	case min(o.MaxReply, int64(o.Slack), int64(o.Tombstone), int64(o.Patience), int64(o.Attempt)) < 0:
		return o, errors.New("options of the reply store in DynamoDB: a number is negative")
	}
	o.MaxReply = cmp.Or(o.MaxReply, DefaultMaxReply)
	o.Slack = cmp.Or(o.Slack, DefaultSlack)
	o.Tombstone = cmp.Or(o.Tombstone, DefaultTombstone)
	o.Patience = cmp.Or(o.Patience, DefaultPatience)
	o.Attempt = cmp.Or(o.Attempt, DefaultAttempt)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, nil
}
