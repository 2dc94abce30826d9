package fmea_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/runtimes/local"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// unready waits until the server drains.
func unready(t *testing.T, s *server) {
	t.Helper()
	wait.Eventually(t, "readiness is 503", func() bool {
		got, err := s.try(t.Context(), "GET", "/health/readiness", "")
		return err == nil && got.status == 503
	})
}

func TestDrainLetsRunningCallsFinishAndTakesNoMore(t *testing.T) {
	t.Parallel()
	g := newGate()
	s := serve(t, setup{}, chain("work", g.obedient))
	s.do("GET", "/health/readiness", "").is(t, 200, "READY\n")
	const calls = 200
	answers := race(t, s, calls/2)
	keyed := race(t, s, calls/2, "Idempotency-Key", "k")
	wait.Eventually(t, "all calls run", func() bool { return s.inFlight() == calls })
	s.stop()
	unready(t, s)
	for range 20 {
		s.do("POST", "/work", "late").problem(t, 503)
	}
	s.do("GET", "/health/liveness", "").is(t, 200, "ALIVE\n")
	close(g.open)
	for _, got := range append(answers(), keyed()...) {
		got.is(t, 200, "same")
	}
	if err := s.served(); err != nil {
		t.Errorf("a clean drain gives %v", err)
	}
	if _, err := s.try(t.Context(), "POST", "/work", "x"); err == nil {
		t.Error("the socket is still open")
	}
}

// Keep-alive clients call all the time while the server goes down. Whatever is
// answered is whole: their own body, or a 503 problem. A connection may be
// refused or closed before its request was read, and nothing else.
func TestDrainUnderLoadLosesAndCutsNoAnswer(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{}, chain("work", takes(5*time.Millisecond)))
	var clients sync.WaitGroup
	var done atomic.Int64
	filler := strings.Repeat("x", 10_000)
	for client := range 32 {
		clients.Go(func() {
			for i := 0; ; i++ {
				body := fmt.Sprintf("%d-%d-%s", client, i, filler)
				got, err := s.try(t.Context(), "POST", "/work", body)
				switch {
				case err != nil && got.status == 0:
					return // refused: the server is gone
				case err != nil:
					t.Errorf("an answer %d was cut after %d bytes: %v", got.status, len(got.body), err)
					return
				case got.status == 503:
					got.problem(t, 503)
					if got.header.Get("Connection") == "close" || done.Load() > 1<<20 {
						return
					}
				default:
					got.is(t, 200, body)
				}
				done.Add(1)
			}
		})
	}
	wait.Eventually(t, "the load is on", func() bool { return done.Load() > 500 })
	s.stop()
	if err := s.served(); err != nil {
		t.Errorf("Serve: %v", err)
	}
	clients.Wait()
}

func TestDrainAnswersForDeafFunctions(t *testing.T) {
	t.Parallel()
	const drain = 5 * time.Second // a part of it is what answers may take to be written
	for name, headers := range map[string][]string{
		"plain":  nil,
		"keyed":  {"Idempotency-Key", "k"},
		"joined": {"Idempotency-Key", "joined"},
		"wait":   {"Prefer", "wait=14"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate()
			s := serve(t, setup{server: local.Server{Drain: drain}}, chain("work", g.deaf))
			answers := race(t, s, 2, headers...)
			wait.Eventually(t, "both calls are there", func() bool { return s.inFlight() == 2 })
			wait.Receive(t, "the start of the function", g.started)
			start := time.Now()
			s.stop()
			for _, got := range answers() {
				got.problem(t, 503)
			}
			if err := s.served(); err == nil {
				t.Error("Serve says that the drain was clean")
			}
			if took := time.Since(start); took > wait.Bound(beforeServe) { // as the function would have time
				t.Errorf("Serve returned after %s, its drain time is %s", took, drain)
			}
			close(g.open)
		})
	}
}

func TestDrainEndsObedientFunctionsWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	g := newGate()
	const drain = 5 * time.Second // a part of it is what answers may take to be written
	s := serve(t, setup{server: local.Server{Drain: drain}}, chain("work", g.obedient))
	answers := race(t, s, 20)
	wait.Eventually(t, "all calls run", func() bool { return s.inFlight() == 20 })
	s.stop()
	for _, got := range answers() {
		got.problem(t, 503)
	}
	if s.served() == nil {
		t.Error("Serve says that the drain was clean")
	}
}

func TestDrainEndsLongPollsAndStreamsAtOnceAndFinishesAsyncCalls(t *testing.T) {
	t.Parallel()
	g := newGate()
	s := serve(t, setup{}, chain("work", g.obedient))
	where := s.do("POST", "/work", "x", "Prefer", "respond-async").header.Get("Location")
	polled := make(chan answer, 2)
	for _, header := range []string{"Prefer", "Accept"} {
		go func() {
			got, err := s.try(t.Context(), "GET", where, "", header, map[string]string{"Prefer": "wait=14", "Accept": "text/event-stream"}[header])
			if err != nil {
				t.Error(header, err)
			}
			polled <- got
		}()
	}
	wait.Eventually(t, "both watch", func() bool { return s.waiting() == 2 })
	s.stop()
	for range 2 {
		switch got := wait.Receive(t, "the end of a watcher", polled); got.status {
		case 202:
			if got.header.Get("Location") != where {
				t.Errorf("%v", got.header)
			}
		case 200:
			if strings.Contains(got.body, "event: reply") {
				t.Errorf("%s", got.body)
			}
		default:
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	close(g.open)
	if err := s.served(); err != nil {
		t.Errorf("Serve: %v", err)
	}
	if stats := s.store.Stats(); stats.Pending != 0 || stats.Entries != 1 {
		t.Errorf("the async call has not finished: %+v", stats)
	}
}

// Two signals, or a platform that stops twice.
func TestDrainCanBeCalledAgain(t *testing.T) {
	t.Parallel()
	g := newGate()
	s := serve(t, setup{}, chain("work", g.deaf))
	call := background(t, s, "x")
	wait.Receive(t, "the start of the function", g.started)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	var both sync.WaitGroup
	for range 3 {
		both.Go(func() {
			if s.adapter.Drain(over) == nil {
				t.Error("the drain was clean while a call ran")
			}
		})
	}
	both.Wait()
	wait.Receive(t, "the answer", call).problem(t, 503)
	close(g.open)
	s.settles()
	if err := s.adapter.Drain(t.Context()); err != nil {
		t.Errorf("nothing runs any more: %v", err)
	}
}

// A call whose body still comes when the drain time is over has not run; its
// function must not be started then and left behind.
func TestDrainAnswersCallsWhoseBodyComesTooLate(t *testing.T) {
	t.Parallel()
	g := newGate()
	s := serve(t, setup{}, chain("work", g.deaf))
	c := s.dial()
	c.send("POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nx")
	wait.Eventually(t, "the call is there", func() bool { return s.inFlight() == 1 })
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if s.adapter.Drain(over) == nil {
		t.Error("the drain was clean while a call ran")
	}
	c.send("x")
	c.answer("POST").problem(t, 503)
	if len(g.started) != 0 {
		t.Error("the function was started after the end of the drain")
	}
	close(g.open)
}

// No call slips in between the last look of Drain and the end of the server.
func TestCallThatRacesTheBeginOfDrainRunsBeforeItsEndOrNotAtAll(t *testing.T) {
	t.Parallel()
	for range 50 {
		var started atomic.Int64
		s := serve(t, setup{}, chain("work", func(ctx context.Context, in event.Event) (*event.Event, error) {
			started.Add(1)
			return takes(3*time.Millisecond)(ctx, in)
		}))
		answers := race(t, s, 8)
		if err := s.adapter.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := started.Load()
		for _, got := range answers() {
			if got.status != 200 {
				got.problem(t, 503)
			}
		}
		if after := started.Load(); after != before {
			t.Fatalf("%d functions were started after the drain", after-before)
		}
	}
}
