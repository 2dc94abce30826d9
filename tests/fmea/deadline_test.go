package fmea_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// returnsAbout is deaf and returns within jitter of the moment at which the
// adapter stops waiting for it.
func returnsAbout(moment, jitter time.Duration) functions.Function {
	return func(_ context.Context, in event.Event) (*event.Event, error) {
		_, _ = takes(moment+rand.N(2*jitter)-jitter)(context.Background(), in)
		return &in, nil
	}
}

// A function that returns at its deadline: the call gets one answer, and that
// answer and what can be fetched agree.
func TestResultThatRacesTheDeadline(t *testing.T) {
	t.Parallel()
	const (
		timeout = 200 * time.Millisecond
		answer  = 190 * time.Millisecond // the watchdog: half of the margin of a tenth before the deadline
		jitter  = 8 * time.Millisecond
		calls   = 125 // of each kind
	)
	for name, headers := range map[string][]string{
		"plain": nil,
		"wait":  {"Prefer", "wait=5"},
		"keyed": {"Idempotency-Key"},
		"async": {"Prefer", "respond-async, wait=5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := chain("work", returnsAbout(answer, jitter))
			c.Timeout, c.AsyncTimeout = timeout, timeout
			s := serve(t, setup{}, c)
			var all sync.WaitGroup
			for i := range calls {
				all.Go(func() {
					body := fmt.Sprintf("%s-%d", name, i)
					with := headers
					if len(headers) == 1 {
						with = []string{headers[0], body}
					}
					agrees(t, s, body, with)
				})
			}
			all.Wait()
			s.settles()
		})
	}
}

// agrees sends one call and checks that its answer is one of those that are
// possible at the deadline, and true.
func agrees(t *testing.T, s *server, body string, headers []string) {
	t.Helper()
	got, err := s.try(t.Context(), "POST", "/work", body, headers...)
	if err != nil {
		t.Error(err)
		return
	}
	where := got.header.Get("Location")
	switch got.status {
	case 200:
		got.is(t, 200, body)
	case 202:
		if where == "" || len(headers) == 0 || headers[0] != "Prefer" {
			t.Errorf("202 for %v at %q", headers, where)
		}
	case 504:
		got.problem(t, 504)
	case 503: // on a busy machine the store has not promised in time to keep a late reply
		got.problem(t, 503)
		if where != "" || len(headers) == 0 {
			t.Errorf("503 for %v at %q", headers, where)
		}
	default:
		t.Errorf("%d %s", got.status, got.body)
	}
	if where == "" {
		return
	}
	fetched, err := s.try(t.Context(), "GET", where, "", "Prefer", "wait=10")
	if err != nil {
		t.Error(err)
		return
	}
	if fetched.status == 504 { // on a busy machine the time was over before the function began
		fetched.problem(t, 504)
		return
	}
	fetched.is(t, 200, body)
}

// A function that obeys its context ends in time and leaves nothing to fetch: no
// Location, unless the machine was so busy that it was late after all.
func TestDeadlineOfAnObedientFunctionLeavesNothingToFetch(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := chain("work", g.obedient)
	c.Timeout = time.Second
	s := serve(t, setup{}, c)
	got := s.do("POST", "/work", "x")
	got.problem(t, 504)
	if where := got.header.Get("Location"); where != "" {
		s.do("GET", where, "", "Prefer", "wait=10").problem(t, 504)
		return
	}
	if stats := s.store.Stats(); stats.Entries != 0 {
		t.Errorf("the store was touched: %+v", stats)
	}
}

// The platform's limit ends the wait long before the deadline: the work goes
// on, and the caller knows where its reply will be.
func TestPlatformLimitEndsTheWaitAndNotTheWork(t *testing.T) {
	t.Parallel()
	g := newGate()
	s := serve(t, setup{cfg: adapter.Config{MaxWait: 50 * time.Millisecond}}, chain("work", g.obedient))
	for name, headers := range map[string][]string{"plain": nil, "keyed": {"Idempotency-Key", "k"}} {
		got := s.do("POST", "/work", name, headers...)
		got.problem(t, 504)
		if got.header.Get("Location") == "" {
			t.Fatalf("%s: no Location", name)
		}
		if pending := s.do("GET", got.header.Get("Location"), ""); pending.status != 202 {
			t.Errorf("%s: while it runs: %d", name, pending.status)
		}
		defer func() {
			wait.Eventually(t, "the late reply", func() bool { return s.do("GET", got.header.Get("Location"), "").status == 200 })
		}()
	}
	close(g.open)
}

// Without room for the late reply there is no Location to a 404.
func TestOverdueCallWithoutRoomInTheStoreHasNoLocation(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := chain("work", g.deaf)
	c.Timeout = 100 * time.Millisecond
	s := serve(t, setup{store: fullStore}, c)
	got := s.do("POST", "/work", "x")
	got.problem(t, 504)
	if where := got.header.Get("Location"); where != "" {
		t.Errorf("Location %s", where)
	}
	close(g.open)
	s.settles()
}
