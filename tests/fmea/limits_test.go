package fmea_test

import (
	"fmt"
	"testing"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/tests/internal/wait"
)

func TestExactlyAsManyCallsRunAsMay(t *testing.T) {
	t.Parallel()
	const limit, more = 20, 40
	g := newGate()
	s := serve(t, setup{cfg: adapter.Config{MaxInFlight: limit}}, chain("work", g.obedient))
	for round := range 3 { // it recovers
		running := race(t, s, limit)
		for range limit {
			wait.Receive(t, "the start of a function", g.started)
		}
		for i := range more {
			headers := [][]string{nil, {"Idempotency-Key", fmt.Sprint("k", i)}, {"Prefer", "respond-async"}, {"Prefer", "wait=1"}}[i%4]
			s.do("POST", "/work", "x", headers...).problem(t, 429)
		}
		s.do("GET", "/health/readiness", "").is(t, 200, "READY\n")
		if len(g.started) != 0 {
			t.Errorf("round %d: %d calls run beyond the limit", round, len(g.started))
		}
		for range limit {
			g.open <- struct{}{}
		}
		for _, got := range running() {
			got.is(t, 200, "same")
		}
		s.settles()
	}
	if stats := s.store.Stats(); stats.Entries != 0 {
		t.Errorf("rejected calls are in the store: %+v", stats)
	}
}

// Rejected and failed calls of every kind must give their place back.
func TestPlaceOfAFailedCallIsGivenBack(t *testing.T) {
	t.Parallel()
	c := chain("work", echo)
	c.MaxBody = 10
	c.Headers = []string{"X-Note"}
	s := serve(t, setup{cfg: adapter.Config{MaxInFlight: 1}, store: fullStore}, c, chain("fail", fails(409)))
	for name, tt := range map[string]struct {
		path, body string
		headers    []string
		status     int
	}{
		"function":     {"/fail", "x", nil, 409},
		"body":         {"/work", "more than ten bytes", nil, 413},
		"prefer":       {"/work", "x", []string{"Prefer", "wait=x"}, 400},
		"key":          {"/work", "x", []string{"Idempotency-Key", " "}, 400},
		"header":       {"/work", "x", []string{"X-Note", "\xff"}, 400},
		"query":        {"/work?\xff", "x", nil, 400},
		"full, keyed":  {"/work", "x", []string{"Idempotency-Key", "k"}, 503},
		"full, async":  {"/work", "x", []string{"Prefer", "respond-async"}, 503},
		"full, wait=0": {"/fail", "x", []string{"Prefer", "wait=0"}, 0}, // 503 or, if it was quicker, 409
		"no event":     {"/events", "x", nil, 0},
	} {
		for range 3 {
			if got := s.do("POST", tt.path, tt.body, tt.headers...); tt.status != 0 {
				got.problem(t, tt.status)
			}
			s.settles()
			got := s.do("POST", "/work", "x")
			if got.status != 200 {
				t.Fatalf("after %s: %d %s", name, got.status, got.body)
			}
			s.settles()
		}
	}
}

func TestWatchersAreLimited(t *testing.T) {
	t.Parallel()
	const limit = 5
	g := newGate()
	s := serve(t, setup{cfg: adapter.Config{MaxInFlight: limit}}, chain("work", g.obedient))
	where := s.do("POST", "/work", "x", "Prefer", "respond-async").header.Get("Location")
	polls := make(chan answer, limit)
	for range limit {
		go func() {
			got, err := s.try(t.Context(), "GET", where, "", "Prefer", "wait=14")
			if err != nil {
				t.Error(err)
			}
			polls <- got
		}()
	}
	wait.Eventually(t, "all watch", func() bool { return s.waiting() == limit })
	s.do("GET", where, "", "Prefer", "wait=14").problem(t, 429)
	s.do("GET", where, "", "Accept", "text/event-stream").problem(t, 429)
	if got := s.do("GET", where, ""); got.status != 202 {
		t.Errorf("a look that does not wait: %d", got.status)
	}
	close(g.open)
	for range limit {
		wait.Receive(t, "an answer", polls).is(t, 200, "x")
	}
	s.settles()
	s.do("GET", where, "", "Prefer", "wait=14").is(t, 200, "x")
}
