package dynamodb_test

import (
	"context"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/dynamodb"
)

// interposed counts the calls of an API and lets a test step in.
type interposed struct {
	dynamodb.API

	// before may answer in place of the table; the number of the call counts
	// from 1.
	before func(ctx context.Context, operation string, number int) error
	// after may lose the answer.
	after func(operation string, number int) error

	mu    sync.Mutex
	calls map[string]int
	total int
}

func call[In, Out any](ctx context.Context, i *interposed, operation string, in In, opts []func(*sdk.Options),
	do func(context.Context, In, ...func(*sdk.Options)) (*Out, error),
) (*Out, error) {
	i.mu.Lock()
	if i.calls == nil {
		i.calls = map[string]int{}
	}
	i.calls[operation]++
	i.total++
	number := i.total
	i.mu.Unlock()
	if i.before != nil {
		if err := i.before(ctx, operation, number); err != nil {
			return nil, err
		}
	}
	if i.API == nil {
		return new(Out), nil
	}
	out, err := do(ctx, in, opts...)
	if err == nil && i.after != nil {
		err = i.after(operation, number)
	}
	return out, err
}

func (i *interposed) GetItem(ctx context.Context, in *sdk.GetItemInput, opts ...func(*sdk.Options)) (*sdk.GetItemOutput, error) {
	return call(ctx, i, "GetItem", in, opts, func(ctx context.Context, in *sdk.GetItemInput, opts ...func(*sdk.Options)) (*sdk.GetItemOutput, error) {
		return i.API.GetItem(ctx, in, opts...)
	})
}

func (i *interposed) PutItem(ctx context.Context, in *sdk.PutItemInput, opts ...func(*sdk.Options)) (*sdk.PutItemOutput, error) {
	return call(ctx, i, "PutItem", in, opts, func(ctx context.Context, in *sdk.PutItemInput, opts ...func(*sdk.Options)) (*sdk.PutItemOutput, error) {
		return i.API.PutItem(ctx, in, opts...)
	})
}

func (i *interposed) UpdateItem(ctx context.Context, in *sdk.UpdateItemInput, opts ...func(*sdk.Options)) (*sdk.UpdateItemOutput, error) {
	return call(ctx, i, "UpdateItem", in, opts, func(ctx context.Context, in *sdk.UpdateItemInput, opts ...func(*sdk.Options)) (*sdk.UpdateItemOutput, error) {
		return i.API.UpdateItem(ctx, in, opts...)
	})
}

func (i *interposed) DeleteItem(ctx context.Context, in *sdk.DeleteItemInput, opts ...func(*sdk.Options)) (*sdk.DeleteItemOutput, error) {
	return call(ctx, i, "DeleteItem", in, opts, func(ctx context.Context, in *sdk.DeleteItemInput, opts ...func(*sdk.Options)) (*sdk.DeleteItemOutput, error) {
		return i.API.DeleteItem(ctx, in, opts...)
	})
}

func (i *interposed) Query(ctx context.Context, in *sdk.QueryInput, opts ...func(*sdk.Options)) (*sdk.QueryOutput, error) {
	return call(ctx, i, "Query", in, opts, func(ctx context.Context, in *sdk.QueryInput, opts ...func(*sdk.Options)) (*sdk.QueryOutput, error) {
		return i.API.Query(ctx, in, opts...)
	})
}

func (i *interposed) BatchWriteItem(ctx context.Context, in *sdk.BatchWriteItemInput, opts ...func(*sdk.Options)) (*sdk.BatchWriteItemOutput, error) {
	return call(ctx, i, "BatchWriteItem", in, opts, func(ctx context.Context, in *sdk.BatchWriteItemInput, opts ...func(*sdk.Options)) (*sdk.BatchWriteItemOutput, error) {
		return i.API.BatchWriteItem(ctx, in, opts...)
	})
}

// took returns the calls since the last time.
func (i *interposed) took() map[string]int {
	i.mu.Lock()
	defer i.mu.Unlock()
	calls := i.calls
	i.calls = nil
	return calls
}

func (i *interposed) wantCalls(t *testing.T, what string, want map[string]int) {
	t.Helper()
	if got := i.took(); !maps.Equal(got, want) {
		t.Errorf("%s took %v, want %v", what, got, want)
	}
}

// request creates a request in a mailbox of its own.
func request(now time.Time) reply.Request {
	return requestIn(reply.NewMailbox(), now)
}

func requestIn(box reply.Mailbox, now time.Time) reply.Request {
	return reply.Request{
		ID: reply.NewID(now, box), Tenant: "shop", Chain: "orders",
		Deadline: now.Add(25 * time.Second), Expires: now.Add(time.Hour),
	}
}

// answer is a reply with data.
func answer(r reply.Request, data []byte) reply.Reply {
	ev := event.Event{Context: &event.EventContextV1{ID: r.ID.String(), Type: "reply"}, DataEncoded: data}
	ev.SetSource("/orders")
	return reply.Reply{Request: r, Event: ev}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// items counts the items of a partition.
func items(t *testing.T, client *sdk.Client, pk string) int {
	t.Helper()
	out, err := client.Query(t.Context(), &sdk.QueryInput{
		TableName: aws.String(plainTable), ConsistentRead: aws.Bool(true),
		KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: dynamodb.KeyForTest(pk),
	})
	must(t, err)
	return len(out.Items)
}
