package adapter_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

func TestRespondAsync(t *testing.T) {
	t.Parallel()
	g := newGated()
	s := serve(t, setup{chains: []functions.Chain{chain("wait", g.obedient)}})
	got := s.do("POST", "/wait", "late", "Prefer", "respond-async", "Content-Type", "text/plain")
	where := got.header.Get("Location")
	if got.status != 202 || !strings.HasPrefix(where, "/requests/") || got.header.Get("Retry-After") == "" ||
		got.header.Get("Preference-Applied") != "respond-async" {
		t.Fatalf("%d %v %s", got.status, got.header, got.body)
	}
	if pending := s.do("GET", where, ""); pending.status != 202 || pending.header.Get("Retry-After") == "" {
		t.Errorf("pending: %d %v", pending.status, pending.header)
	}
	close(g.open)
	reply := s.do("GET", where, "", "Prefer", "wait=10")
	reply.is(t, 200, "late")
	if reply.header.Get("Content-Type") != "text/plain" {
		t.Errorf("content type %q", reply.header.Get("Content-Type"))
	}
	s.do("GET", where, "").is(t, 200, "late")
}

func TestPreferWait(t *testing.T) {
	t.Parallel()
	g := newGated()
	s := serve(t, setup{chains: []functions.Chain{chain("wait", g.obedient), chain("echo", echo)}})
	quick := s.do("POST", "/echo", "quick", "Prefer", "wait=10")
	quick.is(t, 200, "quick")
	if quick.header.Get("Preference-Applied") != "wait=10" {
		t.Errorf("Preference-Applied: %q", quick.header.Get("Preference-Applied"))
	}
	if st := s.store.Stats(); st.Entries != 0 {
		t.Errorf("a call that was answered in time is in the store: %+v", st)
	}
	slow := s.do("POST", "/wait", "slow", "Prefer", "wait=0")
	if slow.status != 202 {
		t.Fatalf("%d %s", slow.status, slow.body)
	}
	close(g.open)
	s.do("GET", slow.header.Get("Location"), "", "Prefer", "wait=10").is(t, 200, "slow")
}

func TestAsyncFailureIsTheReply(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{chain("order", functions.Typed(order))}})
	where := s.do("POST", "/order", "{}", "Prefer", "respond-async").header.Get("Location")
	p := s.do("GET", where, "", "Prefer", "wait=10").problem(t, 422)
	if len(p.Errors) != 1 || p.Errors[0].Pointer != "#/sku" || p.Step != "work" || p.RequestID != strings.TrimPrefix(where, "/requests/") {
		t.Errorf("problem %+v", p)
	}
}

func TestEventsInEveryMode(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{chain("echo", echo)}})
	const doc = `{"specversion":"1.0","id":"mine","source":"/s","type":"homing.echo","datacontenttype":"application/json","data":{"a":1}}`
	structured := s.do("POST", "/events", doc, "Content-Type", "application/cloudevents+json; charset=UTF-8")
	if structured.status != 200 || !strings.Contains(string(structured.body), `"causationid":"mine"`) ||
		!strings.Contains(string(structured.body), `"data":{"a":1}`) {
		t.Errorf("structured: %d %s", structured.status, structured.body)
	}
	binary := s.do("POST", "/events", `{"a":1}`, "Content-Type", "application/json",
		"ce-specversion", "1.0", "ce-id", "mine", "ce-source", "/s", "ce-type", "homing.echo", "ce-word", "Euro%20%E2%82%AC")
	if binary.header.Get("Ce-Causationid") != "mine" || binary.header.Get("Ce-Word") != "Euro%20%E2%82%AC" {
		t.Errorf("binary: %v", binary.header)
	}
	binary.is(t, 200, `{"a":1}`)
	crossed := s.do("POST", "/events", doc, "Content-Type", "application/cloudevents+json", "Accept", "application/json")
	if crossed.status != 200 {
		t.Errorf("crossed: %d %s", crossed.status, crossed.body)
	}
}

func TestStoredProblemIsAnsweredLikeOneAtOnce(t *testing.T) {
	t.Parallel()
	busy := func(context.Context, event.Event) (*event.Event, error) {
		return nil, &functions.Error{RetryAfter: 7 * time.Second, Problem: functions.Problem{Status: http.StatusServiceUnavailable, Detail: "busy"}}
	}
	s := serve(t, setup{chains: []functions.Chain{chain("busy", busy)}})
	got := []answer{
		s.do(http.MethodPost, "/busy", "x"),
		s.do(http.MethodPost, "/busy", "x", "Prefer", "wait=5"),
		s.do(http.MethodPost, "/busy", "x", "Idempotency-Key", "k"),
	}
	location := s.do(http.MethodPost, "/busy", "x", "Prefer", "respond-async").header.Get("Location")
	got = append(got, s.do(http.MethodGet, location, "", "Prefer", "wait=5"))
	for i, one := range got {
		one.problem(t, http.StatusServiceUnavailable)
		for name, want := range map[string]string{"Retry-After": "7", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
			if value := one.header.Get(name); value != want {
				t.Errorf("answer %d: header %s is %q, want %q", i, name, value, want)
			}
		}
	}
}
