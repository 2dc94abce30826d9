package adapter_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

func TestPlainCallIsAnsweredWithTheResultOfTheChain(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{chain("echo", echo)}})
	got := s.do("POST", "/echo", "hello", "Content-Type", "text/plain")
	got.is(t, 200, "hello")
	if got.header.Get("Content-Type") != "text/plain" || got.header.Get("X-Request-ID") == "" {
		t.Errorf("headers %v", got.header)
	}
}

func TestDroppedEventIsNoContent(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{chain("drop", func(context.Context, event.Event) (*event.Event, error) {
		return nil, nil
	})}})
	s.do("POST", "/drop", "x").is(t, 204, "")
}

func TestFailuresOfAFunctionAreProblems(t *testing.T) {
	t.Parallel()
	fail := func(err error) functions.Function {
		return func(context.Context, event.Event) (*event.Event, error) { return nil, err }
	}
	for name, tt := range map[string]struct {
		f      functions.Function
		status int
		detail string
	}{
		"plain error": {fail(errors.New("secret")), 500, "the log tells more"},
		"with status": {fail(functions.Errorf(http.StatusConflict, "taken")), 409, "taken"},
		"panic":       {func(context.Context, event.Event) (*event.Event, error) { panic("secret") }, 500, "panicked"},
		"garbage status": {func(_ context.Context, in event.Event) (*event.Event, error) {
			in.SetExtension("httpstatus", "banana")
			return &in, nil
		}, 500, "httpstatus"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, setup{chains: []functions.Chain{chain("f", tt.f)}})
			p := s.do("POST", "/f", "x").problem(t, tt.status)
			if !strings.Contains(p.Detail, tt.detail) || strings.Contains(p.Detail, "secret") || p.RequestID == "" {
				t.Errorf("problem %+v", p)
			}
		})
	}
}

func TestHangingFunctionIsAnsweredForBeforeTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGated()
		c := chain("deaf", g.deaf)
		c.Timeout = 200 * time.Millisecond
		s := serve(t, setup{chains: []functions.Chain{c}, inMemory: true})
		start := time.Now()
		got := s.do("POST", "/deaf", "late")
		if took := time.Since(start); took > c.Timeout {
			t.Errorf("took %s", took)
		}
		got.problem(t, 504)
		where := got.header.Get("Location")
		if where == "" {
			t.Fatal("no Location")
		}
		if still := s.do("GET", where, ""); still.status != 202 {
			t.Errorf("while it runs: %d", still.status)
		}
		close(g.open)
		s.do("GET", where, "", "Prefer", "wait=10").is(t, 200, "late")
	})
}
