package fmea_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/tests/internal/wait"
)

// The storm: clients that cancel at a random moment, and some that stay.
const (
	stormSeed = 20260
	stormSpan = 30 * time.Millisecond // in which a client cancels
	stormStep = 5 * time.Millisecond  // of each of two steps
	atOnce    = 400                   // the race detector ends at 8128 goroutines
	stayEvery = 11                    // of so many clients one stays: 200 of 2200
)

// runs counts how often the chain ran for a body.
type runs struct {
	mu sync.Mutex
	of map[string]int
}

func (r *runs) count(ctx context.Context, in event.Event) (*event.Event, error) {
	r.mu.Lock()
	r.of[string(in.Data())]++
	r.mu.Unlock()
	return takes(stormStep)(ctx, in)
}

// storm has n clients call, each with its own body, and checks those that are
// answered. call must give the answer of one client.
func storm(t *testing.T, n int, call func(ctx context.Context, body string) (answer, error)) {
	t.Helper()
	var clients sync.WaitGroup
	turn := make(chan struct{}, atOnce)
	for i := range n {
		turn <- struct{}{}
		clients.Go(func() {
			defer func() { <-turn }()
			stays := i%stayEvery == 0
			body := fmt.Sprintf("client %d", i)
			ctx := t.Context()
			if !stays {
				random := rand.New(rand.NewPCG(stormSeed, uint64(i)))
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, time.Duration(random.Int64N(int64(stormSpan))))
				defer cancel()
			}
			switch got, err := call(ctx, body); {
			case err == nil && (got.status != 200 || got.body != body):
				t.Errorf("%s (stays: %t) got %d %q", body, stays, got.status, got.body)
			case err != nil && stays:
				t.Errorf("%s stayed and got no answer: %v", body, err)
			}
		})
	}
	clients.Wait()
}

func stormy(t *testing.T) (*server, *runs) {
	t.Helper()
	r := &runs{of: map[string]int{}}
	return serve(t, setup{}, chain("work", r.count, takes(stormStep)), chain("echo", echo)), r
}

// calm checks that the storm has left nothing behind.
func calm(t *testing.T, s *server) {
	t.Helper()
	s.settles()
	if stats := s.store.Stats(); stats.Pending != 0 {
		t.Errorf("the store still waits for replies: %+v", stats)
	}
	s.do("POST", "/echo", "still there").is(t, 200, "still there")
}

func TestStormOfCancellingClients(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		clients int
		headers []string
	}{
		"plain": {2200, nil},
		"wait":  {660, []string{"Prefer", "wait=50"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, r := stormy(t)
			storm(t, tt.clients, func(ctx context.Context, body string) (answer, error) {
				return s.insist(ctx, "POST", "/work", body, tt.headers...)
			})
			calm(t, s)
			if stats := s.store.Stats(); tt.headers == nil && stats.Entries != 0 {
				t.Errorf("plain calls have touched the store: %+v", stats)
			}
			for body, n := range r.of {
				if n != 1 {
					t.Errorf("the chain ran %d times for %s", n, body)
				}
			}
		})
	}
}

// Whenever the client of a keyed call hung up, between the claim of the key and
// the reply: the key is not lost, and the chain ran once.
func TestStormOfKeyedCallsLosesNoKey(t *testing.T) {
	t.Parallel()
	s, r := stormy(t)
	keyed := func(ctx context.Context, body string) (answer, error) {
		return s.insist(ctx, "POST", "/work", body, "Idempotency-Key", strings.ReplaceAll(body, " ", "-"))
	}
	const clients = 660
	storm(t, clients, keyed)
	calm(t, s)
	var retries sync.WaitGroup
	for i := range clients {
		retries.Go(func() {
			body := fmt.Sprintf("client %d", i)
			ctx, cancel := context.WithTimeout(t.Context(), wait.Patience)
			defer cancel()
			got, err := keyed(ctx, body)
			if err != nil {
				t.Errorf("the key of %s is lost: %v", body, err)
				return
			}
			got.is(t, 200, body)
		})
	}
	retries.Wait()
	for body, n := range r.of {
		if n != 1 {
			t.Errorf("the chain ran %d times for %s", n, body)
		}
	}
}

func TestStormOfLongPolls(t *testing.T) {
	t.Parallel()
	s, _ := stormy(t)
	storm(t, 660, func(ctx context.Context, body string) (answer, error) {
		accepted, err := s.insist(context.WithoutCancel(ctx), "POST", "/work", body, "Prefer", "respond-async")
		if err != nil || accepted.status != 202 {
			return accepted, err
		}
		return s.insist(ctx, "GET", accepted.header.Get("Location"), "", "Prefer", "wait=50")
	})
	calm(t, s)
}

// A client that cancels its request by DELETE at a random moment gets the
// truth: cancelled, or completed and there to be fetched.
func TestStormOfDeletes(t *testing.T) {
	t.Parallel()
	s, _ := stormy(t)
	var clients sync.WaitGroup
	for i := range 300 {
		clients.Go(func() {
			body := fmt.Sprintf("client %d", i)
			accepted, err := s.insist(t.Context(), "POST", "/work", body, "Prefer", "respond-async")
			if err != nil {
				t.Error(err)
				return
			}
			random := rand.New(rand.NewPCG(stormSeed, uint64(i)))
			_ = pause(t.Context(), time.Duration(random.Int64N(int64(stormSpan))))
			where := accepted.header.Get("Location")
			deleted, err1 := s.insist(t.Context(), "DELETE", where, "")
			fetched, err2 := s.insist(t.Context(), "GET", where, "", "Prefer", "wait=50")
			if err1 != nil || err2 != nil {
				t.Error(err1, err2)
				return
			}
			switch deleted.status {
			case 204:
				fetched.problem(t, 410)
			case 409:
				fetched.is(t, 200, body)
			default:
				t.Errorf("DELETE: %d %s", deleted.status, deleted.body)
			}
		})
	}
	clients.Wait()
	calm(t, s)
}
