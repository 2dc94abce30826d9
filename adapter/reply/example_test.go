package reply_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
)

func text(s string) event.Event {
	ev := event.New()
	ev.DataEncoded = []byte(s)
	return ev
}

// A request that may outlive its connection is registered. Then a fetch can
// tell "still running" from "never seen", and the first reply counts.
func Example() {
	ctx := context.Background()
	var store reply.Store = memory.New(memory.Options{})
	request := reply.Request{ID: reply.NewID(time.Now(), reply.NewMailbox()), Chain: "orders", Expires: time.Now().Add(time.Hour)}

	_, err := store.Lookup(ctx, request.ID)
	fmt.Println("never seen:", errors.Is(err, reply.ErrUnknown))
	fmt.Println("register:", store.Register(ctx, request))
	record, _ := store.Lookup(ctx, request.ID)
	fmt.Println("still running:", record.State == reply.Pending)
	fmt.Println("complete:", store.Complete(ctx, reply.Reply{Request: request, Event: text("12.50 EUR")}))
	fmt.Println("complete again:", store.Complete(ctx, reply.Reply{Request: request, Event: text("13 EUR")}))
	record, _ = store.Lookup(ctx, request.ID)
	fmt.Printf("reply: %s\n", record.Reply.Event.Data())

	// Output:
	// never seen: true
	// register: <nil>
	// still running: true
	// complete: <nil>
	// complete again: request already completed
	// reply: 12.50 EUR
}

// A reply that is larger than the store takes leaves its request pending, so
// that a smaller one can say what happened.
func ExampleTooLarge() {
	ctx := context.Background()
	store := memory.New(memory.Options{MaxReply: 1000})
	r := reply.Reply{
		Request: reply.Request{ID: reply.NewID(time.Now(), reply.NewMailbox()), Expires: time.Now().Add(time.Hour)},
		Event:   text(strings.Repeat("x", 2000)),
	}
	err := store.Complete(ctx, r)
	fmt.Println(err)
	if errors.Is(err, reply.ErrTooLarge) {
		r.Event = text("sorry")
		fmt.Println(store.Complete(ctx, r))
	}

	// Output:
	// reply is larger than the reply store takes: more than 1000 bytes
	// <nil>
}

// The same key makes one of several calls the holder; the others learn whose
// reply to wait for.
func ExampleClaim() {
	ctx := context.Background()
	store := memory.New(memory.Options{})
	first, second := reply.NewID(time.Now(), 1), reply.NewID(time.Now(), 1)
	claim := reply.Claim{Key: "order-17", Owner: first, Lease: time.Now().Add(time.Minute), Expires: time.Now().Add(time.Hour)}
	holder, _ := store.Claim(ctx, claim)
	fmt.Println("the first call holds the key:", holder == first)
	claim.Owner = second
	holder, _ = store.Claim(ctx, claim)
	fmt.Println("and still does when the second asks:", holder == first)
	claim.Fingerprint = [32]byte{1}
	_, err := store.Claim(ctx, claim)
	fmt.Println(err)

	// Output:
	// the first call holds the key: true
	// and still does when the second asks: true
	// idempotency key used for another call
}

// A key is rotated by putting a new one in front: it signs, and both verify.
func ExampleKeys() {
	old, _ := reply.ParseKeys("a=a-secret-of-16-or-more")
	keys, _ := reply.ParseKeys("b=another-secret-of-the-adapter,a=a-secret-of-16-or-more")
	now := time.Now()
	id, other := reply.NewID(now, 1), reply.NewID(now, 1)
	for _, k := range []reply.Keys{old, keys} {
		token := k.Sign(id, now.Add(time.Minute))
		fmt.Println(token[:2], keys.Verify(token, id, now), keys.Verify(token, other, now) != nil)
	}

	// Output:
	// a. <nil> true
	// b. <nil> true
}

// Any replica finds the mailbox of a request in its id.
func ExampleID_Mailbox() {
	id, err := reply.ParseID("01890a5d-ac96-774b-bcce-b302099a8057")
	fmt.Println(id.Mailbox(), id.Time().UTC().Format(time.DateOnly), err)
	_, err = reply.ParseID("01890a5d-ac96-474b-bcce-b302099a8057")
	fmt.Println(err)

	// Output:
	// 688215 2023-06-30 <nil>
	// a request id is a UUID, version 7
}
