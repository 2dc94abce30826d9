package dynamodb_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/dynamodb"
)

// Calls are what the store costs. A sync call is one write and nothing else.
func TestCallsPerOperation(t *testing.T) {
	t.Parallel()
	now := time.Now()
	api := &interposed{API: onDynalite.client}
	s := newStore(t, api, dynamodb.Options{Now: func() time.Time { return now }})
	ctx := t.Context()
	type calls = map[string]int

	sync := answer(request(now), []byte("done"))
	must(t, s.Complete(ctx, sync))
	api.wantCalls(t, "a sync Complete", calls{"UpdateItem": 1})
	wantError(t, s.Complete(ctx, sync), reply.ErrCompleted)
	api.wantCalls(t, "a duplicate", calls{"UpdateItem": 1, "GetItem": 1})
	wantError(t, s.Register(ctx, sync.Request), reply.ErrCompleted)
	api.wantCalls(t, "a Register after the reply that adds nothing", calls{"UpdateItem": 1, "GetItem": 1})

	async := request(now)
	must(t, s.Register(ctx, async))
	api.wantCalls(t, "Register", calls{"UpdateItem": 1})
	must(t, s.Complete(ctx, answer(async, nil)))
	api.wantCalls(t, "an async Complete", calls{"UpdateItem": 1})
	_, err := s.Lookup(ctx, async.ID)
	must(t, err)
	api.wantCalls(t, "Lookup", calls{"GetItem": 1})

	bare := request(now)
	full := bare
	bare.Tenant = ""
	must(t, s.Complete(ctx, answer(bare, nil)))
	wantError(t, s.Register(ctx, full), reply.ErrCompleted)
	api.wantCalls(t, "Complete, and a Register that fills in", calls{"UpdateItem": 3, "GetItem": 1})

	keyed := request(now)
	keyed.Key = "key/" + rand.Text() + "/\x00\xff" // any bytes
	claim := reply.Claim{Key: keyed.Key, Owner: keyed.ID, Lease: now.Add(time.Minute), Expires: now.Add(time.Hour)}
	holder := func(what string, want calls) {
		t.Helper()
		if got, err := s.Claim(ctx, claim); err != nil || got != keyed.ID {
			t.Fatalf("%s: %v, %v", what, got, err)
		}
		api.wantCalls(t, what, want)
	}
	holder("a free Claim", calls{"PutItem": 1})
	claim.Owner = reply.NewID(now, 1)
	holder("a held Claim", calls{"PutItem": 1, "GetItem": 1})
	must(t, s.Register(ctx, keyed))
	api.took()
	must(t, s.Complete(ctx, answer(keyed, nil)))
	api.wantCalls(t, "a keyed Complete", calls{"GetItem": 1, "UpdateItem": 1})
	now = now.Add(2 * time.Minute)
	holder("the first Claim after the lease", calls{"PutItem": 1, "GetItem": 1, "UpdateItem": 2})
	holder("a later Claim", calls{"PutItem": 1, "GetItem": 1})
	must(t, s.Release(ctx, keyed.Key, keyed.ID))
	api.wantCalls(t, "Release", calls{"GetItem": 1, "UpdateItem": 1, "DeleteItem": 1})
	must(t, s.Release(ctx, keyed.Key, keyed.ID))
	api.wantCalls(t, "Release of a free key", calls{"GetItem": 1})

	gone := request(now)
	must(t, s.Register(ctx, gone))
	api.took()
	must(t, s.Cancel(ctx, gone.ID))
	api.wantCalls(t, "Cancel", calls{"UpdateItem": 1})
}

func TestAnEventThatCannotBeReadBackIsRefused(t *testing.T) {
	t.Parallel()
	api := &interposed{}
	s := newStore(t, api, dynamodb.Options{})
	r := answer(request(time.Now()), nil)
	r.Event = event.New(event.CloudEventsVersionV03)
	if err := s.Complete(t.Context(), r); err == nil || !strings.Contains(err.Error(), "complete") || api.total != 0 {
		t.Errorf("got %v after %d calls", err, api.total)
	}
}

func TestTakeoverTakesFourCalls(t *testing.T) {
	t.Parallel()
	now := time.Now()
	api := &interposed{API: onDynalite.client}
	s := newStore(t, api, dynamodb.Options{Now: func() time.Time { return now }})
	claim := reply.Claim{Key: rand.Text(), Owner: reply.NewID(now, 1), Lease: now.Add(time.Minute), Expires: now.Add(time.Hour)}
	_, err := s.Claim(t.Context(), claim)
	must(t, err)
	now = now.Add(2 * time.Minute)
	api.took()
	former := claim.Owner
	claim.Owner, claim.Lease = reply.NewID(now, 1), now.Add(time.Minute)
	if holder, err := s.Claim(t.Context(), claim); err != nil || holder != claim.Owner {
		t.Fatalf("%v, %v", holder, err)
	}
	api.wantCalls(t, "a takeover", map[string]int{"PutItem": 2, "GetItem": 1, "UpdateItem": 1})
	if _, err := s.Lookup(t.Context(), former); !errors.Is(err, reply.ErrUnknown) {
		t.Errorf("the former owner, which was never registered: %v", err)
	}
}

func wantError(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
