package memory_test

import (
	"context"
	"fmt"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
)

func Example() {
	ctx := context.Background()
	store := memory.New(memory.Options{MaxBytes: 64 << 20})
	box := reply.NewMailbox()
	stop := store.Notify(box, func(r reply.Reply) {
		fmt.Printf("arrived: %s\n", r.Event.Data())
	})
	defer stop()

	request := reply.Request{ID: reply.NewID(time.Now(), box), Expires: time.Now().Add(time.Hour)}
	fmt.Println("registered:", store.Register(ctx, request))

	answer := event.New()
	answer.DataEncoded = []byte("12.50 EUR")
	fmt.Println("first reply:", store.Complete(ctx, reply.Reply{Request: request, Event: answer}))
	fmt.Println("second reply:", store.Complete(ctx, reply.Reply{Request: request, Event: answer}))

	// Output:
	// registered: <nil>
	// arrived: 12.50 EUR
	// first reply: <nil>
	// second reply: request already completed
}
