package fmea_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// A failure that may pass gives the key back before its caller knows: a
// retry that comes at once runs the chain. A definite one is the reply.
func TestKeyOfAFailedCall(t *testing.T) {
	t.Parallel()
	for status, released := range map[int]bool{429: true, 503: true, 504: true, 500: false, 422: false, 409: false} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			var ran atomic.Int64
			s := serve(t, setup{}, chain("work", func(context.Context, event.Event) (*event.Event, error) {
				ran.Add(1)
				return nil, &functions.Error{Problem: functions.Problem{Status: status, Detail: "as asked for"}}
			}))
			const calls = 50
			for range calls {
				got := s.do("POST", "/work", "x", "Idempotency-Key", "k")
				if got.status != status {
					t.Fatalf("got %d %s", got.status, got.body)
				}
			}
			want := int64(1)
			if released {
				want = calls
			}
			if ran.Load() != want {
				t.Errorf("the chain ran %d times, want %d", ran.Load(), want)
			}
		})
	}
}

// gateStore holds Register until its caller has gone away.
type gateStore struct {
	*memory.Store

	registering chan struct{}
	held        atomic.Bool
}

func (s *gateStore) Register(ctx context.Context, r reply.Request) error {
	if s.held.CompareAndSwap(false, true) {
		s.registering <- struct{}{}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond): // the store does not care for its caller
		}
	}
	return s.Store.Register(ctx, r)
}

func TestKeyIsNotLostIfTheClientHangsUpBetweenClaimAndRegistration(t *testing.T) {
	t.Parallel()
	g := newGate()
	close(g.open)
	store := &gateStore{registering: make(chan struct{}, 1)}
	s := serve(t, setup{wrap: func(inner *memory.Store) reply.Store { store.Store = inner; return store }}, chain("work", g.obedient))
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, err := s.try(ctx, "POST", "/work", "x", "Idempotency-Key", "k")
		gone <- err
	}()
	wait.Receive(t, "the registration", store.registering)
	cancel()
	wait.Receive(t, "the end of the client", gone)
	s.settles()
	retry, cancel := context.WithTimeout(t.Context(), wait.Patience)
	defer cancel()
	got, err := s.try(retry, "POST", "/work", "x", "Idempotency-Key", "k")
	if err != nil {
		t.Fatalf("the key is lost: %v", err)
	}
	got.is(t, 200, "x")
}

// With room for a claim and none for a request, everyone gets that at once, and
// the key is free when there is room again.
func TestCallsThatRaceForAKeyWhileTheStoreIsFull(t *testing.T) {
	t.Parallel()
	g := newGate()
	s := serve(t, setup{store: memory.Options{Reserve: 100_000, MaxBytes: 150_000}}, chain("work", g.obedient))
	blocker := s.do("POST", "/work", "x", "Prefer", "respond-async")
	if blocker.status != 202 {
		t.Fatalf("%d %s", blocker.status, blocker.body)
	}
	wait.Receive(t, "the start of the blocker", g.started)
	start := time.Now()
	for range 5 {
		for _, got := range race(t, s, callers, "Idempotency-Key", "k")() {
			got.problem(t, 503)
		}
	}
	if took := time.Since(start); took > wait.Bound(40*time.Second) { // a lost joiner waits until its deadline, a minute
		t.Errorf("took %s", took)
	}
	if len(g.started) != 0 {
		t.Error("a call has run whose reply has no room")
	}
	close(g.open)
	wait.Eventually(t, "there is room", func() bool { return s.store.Stats().Pending == 0 })
	s.do("POST", "/work", "same", "Idempotency-Key", "k").is(t, 200, "same")
	if stats := s.store.Stats(); stats.Claims != 1 {
		t.Errorf("claims are left behind: %+v", stats)
	}
}

// rejecting stores fail to register once every claimant has found the holder.
type rejecting struct {
	*memory.Store

	claimed  chan struct{} // a second claim has been answered with the holder
	rejected chan struct{} // closed when the holder has been rejected
	claims   atomic.Int64
}

func (s *rejecting) Claim(ctx context.Context, c reply.Claim) (reply.ID, error) {
	holder, err := s.Store.Claim(ctx, c)
	if s.claims.Add(1) == 2 {
		s.claimed <- struct{}{}
		<-s.rejected
	}
	return holder, err
}

func (s *rejecting) Register(ctx context.Context, r reply.Request) error {
	if s.claims.Load() == 1 {
		<-s.claimed
		return fmt.Errorf("rejected by the test: %w", reply.ErrFull)
	}
	return s.Store.Register(ctx, r)
}

func TestJoinerThatComesJustAfterTheHolderGaveUpRunsItself(t *testing.T) {
	t.Parallel()
	store := &rejecting{claimed: make(chan struct{}, 1), rejected: make(chan struct{})}
	s := serve(t, setup{wrap: func(inner *memory.Store) reply.Store { store.Store = inner; return store }}, chain("work", echo))
	holder := background(t, s, "x", "Idempotency-Key", "k")
	wait.Eventually(t, "the holder has claimed", func() bool { return store.claims.Load() == 1 })
	ctx, cancel := context.WithTimeout(t.Context(), wait.Patience)
	defer cancel()
	joined := make(chan error, 1)
	go func() {
		got, err := s.try(ctx, "POST", "/work", "x", "Idempotency-Key", "k")
		if err == nil && got.status != http.StatusOK {
			err = errors.New(got.body)
		}
		joined <- err
	}()
	wait.Receive(t, "the answer of the holder", holder).problem(t, 503)
	close(store.rejected)
	if err := wait.Receive(t, "the answer of the joiner", joined); err != nil {
		t.Errorf("the joiner waited for a call that never ran: %v", err)
	}
}
