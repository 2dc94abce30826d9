package adapter_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

func TestKeyIsFreeAgainAfterATroubleThatMayPass(t *testing.T) {
	t.Parallel()
	for status, frees := range map[int]bool{
		408: true, 425: true, 429: true, 503: true, 504: true,
		400: false, 401: false, 404: false, 409: false, 422: false, 500: false, 501: false, 502: false,
	} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			s := serve(t, setup{chains: []functions.Chain{chain("work", func(_ context.Context, in event.Event) (*event.Event, error) {
				if calls.Add(1) == 1 {
					return nil, functions.Errorf(status, "for now")
				}
				return &in, nil
			})}})
			s.do("POST", "/work", "x", "Idempotency-Key", "k").problem(t, status)
			got := s.do("POST", "/work", "x", "Idempotency-Key", "k")
			if frees && got.status != http.StatusOK || !frees && got.status != status {
				t.Errorf("the second call got %d %s", got.status, got.body)
			}
		})
	}
}

// A step that comes back is called by the next call with the same key.
func TestKeyIsFreeAgainAfterAStepThatCouldNotBeReached(t *testing.T) {
	t.Parallel()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := ln.Addr().String()
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	c := chain("work", nil)
	c.Steps[0].URL = "http://" + address
	c.Steps[0].Policy.Retry.Attempts = 1
	s := serve(t, setup{chains: []functions.Chain{c}})
	s.do("POST", "/work", "x", "Idempotency-Key", "k").problem(t, http.StatusBadGateway)
	step := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	if step.Listener, err = new(net.ListenConfig).Listen(t.Context(), "tcp", address); err != nil {
		t.Fatal(errors.Join(errors.New("the port was taken meanwhile"), err))
	}
	step.Start()
	t.Cleanup(step.Close)
	if got := s.do("POST", "/work", "x", "Idempotency-Key", "k"); got.status != http.StatusNoContent {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

// A proxy in front of a step answers 502 while it cannot reach it.
func TestKeyIsFreeAgainAfterAProxyThatCouldNotReachTheStep(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	step := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) == 1 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(step.Close)
	c := chain("work", nil)
	c.Steps[0].URL = step.URL
	s := serve(t, setup{chains: []functions.Chain{c}})
	s.do("POST", "/work", "x", "Idempotency-Key", "k").problem(t, http.StatusBadGateway)
	if got := s.do("POST", "/work", "x", "Idempotency-Key", "k"); got.status != http.StatusNoContent {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

// The same event is the same call, in whatever mode it comes, and whatever is
// another for every attempt to send it.
func TestRetryOfAnEventIsTheSameCall(t *testing.T) {
	t.Parallel()
	binary := func(more ...string) []string {
		return append([]string{
			"Idempotency-Key", "k", "Content-Type", "application/json",
			"Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/s", "Ce-Type", "homing.work", "Ce-Color", "7",
		}, more...)
	}
	structured := func(more string) string {
		return `{"specversion":"1.0","id":"1","source":"/s","type":"homing.work","datacontenttype":"application/json","color":7` + more + `,"data":{"n":1}}`
	}
	for name, send := range map[string]func(s *server) answer{
		"another time": func(s *server) answer {
			return s.do("POST", "/events", `{"n":1}`, binary("Ce-Time", "2026-01-01T00:00:00Z")...)
		},
		"another trace": func(s *server) answer {
			return s.do("POST", "/events", `{"n":1}`, binary("Ce-Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")...)
		},
		"another id": func(s *server) answer {
			headers := binary()
			headers[slices.Index(headers, "Ce-Id")+1] = "2"
			return s.do("POST", "/events", `{"n":1}`, headers...)
		},
		"structured": func(s *server) answer {
			return s.do("POST", "/events", structured(""), "Idempotency-Key", "k", "Content-Type", "application/cloudevents+json")
		},
		"structured, another time": func(s *server) answer {
			return s.do("POST", "/events", structured(`,"time":"2026-01-01T00:00:00Z"`), "Idempotency-Key", "k", "Content-Type", "application/cloudevents+json")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, setup{chains: []functions.Chain{chain("work", echo)}})
			s.do("POST", "/events", `{"n":1}`, binary()...).is(t, http.StatusOK, `{"n":1}`)
			got := send(s)
			if got.status != http.StatusOK || got.header.Get("Idempotency-Replayed") != "true" {
				t.Errorf("got %d %s", got.status, got.body)
			}
		})
	}
	for name, send := range map[string]func(s *server) answer{
		"another extension": func(s *server) answer { return s.do("POST", "/events", `{"n":1}`, binary("Ce-Shape", "round")...) },
		"another subject":   func(s *server) answer { return s.do("POST", "/events", `{"n":1}`, binary("Ce-Subject", "round")...) },
		"other data":        func(s *server) answer { return s.do("POST", "/events", `{"n":2}`, binary()...) },
		"structured, other data": func(s *server) answer {
			return s.do("POST", "/events", structured(`,"shape":"round"`), "Idempotency-Key", "k", "Content-Type", "application/cloudevents+json")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, setup{chains: []functions.Chain{chain("work", echo)}})
			s.do("POST", "/events", `{"n":1}`, binary()...).is(t, http.StatusOK, `{"n":1}`)
			send(s).problem(t, http.StatusUnprocessableEntity)
		})
	}
}
