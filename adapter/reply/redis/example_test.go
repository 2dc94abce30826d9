package redis_test

import (
	"context"
	"fmt"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/redis"
)

// An adapter and a vertex are two processes. The adapter listens to its mailbox;
// the vertex completes the request, whose id names the mailbox.
func Example() {
	ctx := context.Background()
	url := exampleURL() // such as redis://user:password@redis.example:6379
	adapter, err := redis.Open(ctx, url, redis.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer adapter.Close()
	vertex, err := redis.Open(ctx, url, redis.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer vertex.Close()

	mailbox, came := reply.NewMailbox(), make(chan reply.Reply)
	defer adapter.Notify(mailbox, func(r reply.Reply) { came <- r })()

	r := newReply(mailbox, 0)
	r.Event.DataEncoded = []byte("12.50 EUR")
	r.Request = reply.Request{ID: reply.NewID(time.Now(), mailbox), Chain: "orders", Expires: time.Now().Add(time.Hour)}
	fmt.Println("complete:", vertex.Complete(ctx, r))
	fmt.Printf("arrived: %s\n", (<-came).Event.Data())

	// Output:
	// complete: <nil>
	// arrived: 12.50 EUR
}

func exampleURL() string { return onRedis.URL() }
