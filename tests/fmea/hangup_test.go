package fmea_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// hangUp starts a call, and ends its connection when its function runs.
func hangUp(t *testing.T, s *server, g gate, headers ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	gone := make(chan error, 1)
	go func() {
		_, err := s.try(ctx, "POST", "/work", "x", headers...)
		gone <- err
	}()
	wait.Receive(t, "the start of the function", g.started)
	cancel()
	if wait.Receive(t, "the end of the client", gone) == nil {
		t.Fatal("the call was answered while its function ran")
	}
}

func TestClientThatHangsUpEndsTheWorkOfAPlainCall(t *testing.T) {
	t.Parallel()
	for name, headers := range map[string][]string{
		"plain": nil,
		"wait":  {"Prefer", "wait=14"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate()
			s := serve(t, setup{}, chain("work", g.obedient))
			hangUp(t, s, g, headers...)
			if wait.Receive(t, "the end of the function", g.ended) == nil {
				t.Error("the context of the function did not end")
			}
			s.settles()
			if stats := s.store.Stats(); stats.Entries != 0 {
				t.Errorf("the store holds %+v of a call that nobody can ask for", stats)
			}
		})
	}
}

func TestClientThatHangsUpDoesNotEndAKeyedCall(t *testing.T) {
	t.Parallel()
	g := newGate()
	s := serve(t, setup{}, chain("work", g.obedient))
	hangUp(t, s, g, "Idempotency-Key", "k")
	wait.Eventually(t, "the server noticed", func() bool { return s.waiting() == 0 })
	close(g.open)
	if err := wait.Receive(t, "the end of the function", g.ended); err != nil {
		t.Errorf("the work was stopped: %v", err)
	}
	got := s.do("POST", "/work", "x", "Idempotency-Key", "k")
	got.is(t, 200, "x")
	if got.header.Get("Idempotency-Replayed") != "true" || len(g.started) != 0 {
		t.Error("the retry ran the chain again")
	}
}

func TestClientThatHangsUpDoesNotEndAnAsyncCall(t *testing.T) {
	t.Parallel()
	g := newGate()
	s := serve(t, setup{}, chain("work", g.obedient))
	hangUp(t, s, g, "Prefer", "respond-async, wait=14")
	wait.Eventually(t, "the server noticed", func() bool { return s.waiting() == 0 })
	close(g.open)
	if err := wait.Receive(t, "the end of the function", g.ended); err != nil {
		t.Errorf("the work was stopped: %v", err)
	}
	wait.Eventually(t, "the reply is kept", func() bool {
		stats := s.store.Stats()
		return stats.Entries == 1 && stats.Pending == 0
	})
}

// errorLog counts what is logged as an error.
type errorLog struct {
	slog.Handler

	errors atomic.Int64
}

func (l *errorLog) Enabled(context.Context, slog.Level) bool { return true }

func (l *errorLog) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		l.errors.Add(1)
	}
	return nil
}

// Strangers must not be able to fill the log with errors that are none.
func TestClientsThatHangUpAreNoErrorsInTheLog(t *testing.T) {
	t.Parallel()
	g := newGate()
	log := &errorLog{Handler: slog.DiscardHandler}
	s := serve(t, setup{cfg: adapter.Config{Logger: slog.New(log)}}, chain("work", g.obedient))
	where := s.do("POST", "/work", "x", "Prefer", "respond-async").header.Get("Location")
	wait.Receive(t, "the start of the function", g.started)
	hangUp(t, s, g)
	hangUp(t, s, g, "Prefer", "wait=14")
	hangUp(t, s, g, "Idempotency-Key", "k")
	wait.Eventually(t, "the server noticed", func() bool { return s.waiting() == 0 })
	for _, header := range []string{"Prefer", "Accept"} {
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() {
			_, err := s.try(ctx, "GET", where, "", header, map[string]string{"Prefer": "wait=14", "Accept": "text/event-stream"}[header])
			gone <- err
		}()
		wait.Eventually(t, "it watches", func() bool { return s.waiting() == 1 })
		cancel()
		wait.Receive(t, "the end of the client", gone)
		wait.Eventually(t, "the server noticed", func() bool { return s.waiting() == 0 })
	}
	close(g.open)
	s.settles()
	if n := log.errors.Load(); n != 0 {
		t.Errorf("%d errors are in the log", n)
	}
}
