package fmea_test

import (
	"sync"
	"testing"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/tests/internal/wait"
)

const callers = 100

// race sends the same call from many goroutines, and returns the answers when
// all have come.
func race(t *testing.T, s *server, n int, headers ...string) func() []answer {
	t.Helper()
	var all sync.WaitGroup
	got := make([]answer, n)
	for i := range n {
		all.Go(func() {
			var err error
			if got[i], err = s.try(t.Context(), "POST", "/work", "same", headers...); err != nil {
				t.Error(err)
			}
		})
	}
	return func() []answer { all.Wait(); return got }
}

// background sends one call on a goroutine of its own.
func background(t *testing.T, s *server, body string, headers ...string) <-chan answer {
	t.Helper()
	out := make(chan answer, 1)
	go func() {
		got, err := s.try(t.Context(), "POST", "/work", body, headers...)
		if err != nil {
			t.Error(err)
		}
		out <- got
	}()
	return out
}

func TestCallsThatRaceForAKeyRunTheChainOnce(t *testing.T) {
	t.Parallel()
	g := newGate()
	s := serve(t, setup{}, chain("work", g.obedient))
	answers := race(t, s, callers, "Idempotency-Key", "k")
	wait.Eventually(t, "all calls are there", func() bool { return s.inFlight() == callers })
	close(g.open)
	first := 0
	ids := map[string]bool{}
	for _, got := range answers() {
		got.is(t, 200, "same")
		ids[got.header.Get("X-Request-ID")] = true
		if got.header.Get("Idempotency-Replayed") == "" {
			first++
		}
	}
	if len(g.started) != 1 || first != 1 || len(ids) != 1 {
		t.Errorf("the chain ran %d times; %d answers are not replayed; ids %v", len(g.started), first, ids)
	}
}

func TestKeyIsRejectedForAnotherBodyWhileTheCallRunsAndAfter(t *testing.T) {
	t.Parallel()
	g := newGate()
	s := serve(t, setup{}, chain("work", g.obedient))
	first := background(t, s, "same", "Idempotency-Key", "k")
	wait.Receive(t, "the start of the function", g.started)
	s.do("POST", "/work", "other", "Idempotency-Key", "k").problem(t, 422)
	close(g.open)
	wait.Receive(t, "the answer", first).is(t, 200, "same")
	s.do("POST", "/work", "other", "Idempotency-Key", "k").problem(t, 422)
	s.do("POST", "/work", "same", "Idempotency-Key", "k").is(t, 200, "same")
}

func TestSameKeyOfAnotherTenantIsAnotherCall(t *testing.T) {
	t.Parallel()
	g := newGate()
	close(g.open)
	s := serve(t, setup{cfg: adapter.Config{Tokens: []adapter.Token{
		{Tenant: "red", Secret: "red-red-red-red-red"}, {Tenant: "blue", Secret: "blue-blue-blue-blue"},
	}}}, chain("work", g.obedient))
	for i, token := range []string{"red-red-red-red-red", "blue-blue-blue-blue"} {
		body := token[:3]
		got := s.do("POST", "/work", body, "Idempotency-Key", "k", "Authorization", "Bearer "+token)
		got.is(t, 200, body)
		if got.header.Get("Idempotency-Replayed") != "" || len(g.started) != i+1 {
			t.Errorf("tenant %d got the reply of another", i)
		}
	}
}

func TestKeyOfACancelledCallCanBeRunAgain(t *testing.T) {
	t.Parallel()
	g := newGate()
	s := serve(t, setup{}, chain("work", g.obedient))
	accepted := s.do("POST", "/work", "x", "Idempotency-Key", "k", "Prefer", "respond-async")
	wait.Receive(t, "the start of the function", g.started)
	if got := s.do("DELETE", accepted.header.Get("Location"), ""); got.status != 204 {
		t.Fatalf("DELETE: %d %s", got.status, got.body)
	}
	if wait.Receive(t, "the end of the function", g.ended) == nil {
		t.Error("the cancelled function's context did not end")
	}
	close(g.open)
	got := s.do("POST", "/work", "x", "Idempotency-Key", "k")
	got.is(t, 200, "x")
	if got.header.Get("Idempotency-Replayed") != "" {
		t.Error("a cancelled call has a reply")
	}
	s.do("GET", accepted.header.Get("Location"), "").problem(t, 410)
}

func TestSyncCallJoinsTheAsyncCallThatHoldsItsKey(t *testing.T) {
	t.Parallel()
	g := newGate()
	s := serve(t, setup{}, chain("work", g.obedient))
	accepted := s.do("POST", "/work", "x", "Idempotency-Key", "k", "Prefer", "respond-async")
	if accepted.status != 202 {
		t.Fatalf("%d %s", accepted.status, accepted.body)
	}
	joined := background(t, s, "x", "Idempotency-Key", "k")
	wait.Eventually(t, "the second call waits", func() bool { return s.waiting() == 1 })
	again := s.do("POST", "/work", "x", "Idempotency-Key", "k", "Prefer", "respond-async")
	if again.status != 202 || again.header.Get("Location") != accepted.header.Get("Location") {
		t.Errorf("async again: %d %v", again.status, again.header)
	}
	close(g.open)
	got := wait.Receive(t, "the answer", joined)
	got.is(t, 200, "x")
	if len(g.started) != 1 || "/requests/"+got.header.Get("X-Request-ID") != accepted.header.Get("Location") {
		t.Errorf("the chain ran %d times; joined %v", len(g.started), got.header)
	}
}

// A joiner whose wait ends first must be sent where the reply will be.
func TestJoinedCallWhoseWaitEndsIsSentToTheHolder(t *testing.T) {
	t.Parallel()
	g := newGate()
	s := serve(t, setup{}, chain("work", g.obedient))
	accepted := s.do("POST", "/work", "x", "Idempotency-Key", "k", "Prefer", "respond-async")
	got := s.do("POST", "/work", "x", "Idempotency-Key", "k", "Prefer", "wait=0")
	if got.status != 202 || got.header.Get("Location") != accepted.header.Get("Location") {
		t.Errorf("%d %v", got.status, got.header)
	}
	close(g.open)
	s.do("GET", got.header.Get("Location"), "", "Prefer", "wait=10").is(t, 200, "x")
}

func TestStructuredEventsThatDifferInAttributesAreDifferentCalls(t *testing.T) {
	t.Parallel()
	c := chain("work", echo)
	c.Type = "work"
	s := serve(t, setup{}, c)
	send := func(subject string) answer {
		return s.do("POST", "/events", `{"specversion":"1.0","id":"1","source":"/s","type":"work","subject":"`+subject+`","data":{}}`,
			"Content-Type", "application/cloudevents+json", "Idempotency-Key", "k")
	}
	if got := send("a"); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if got := send("a"); got.status != 200 || got.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the same event again: %d %v", got.status, got.header)
	}
	send("b").problem(t, 422)
}
