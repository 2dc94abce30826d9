package adapter_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
)

const (
	shopToken  = "shop-secret-0123456789"
	otherToken = "other-secret-012345678"
)

func order(_ context.Context, in struct {
	SKU string `json:"sku"`
},
) (string, error) {
	if in.SKU == "" {
		return "", functions.Invalid(functions.FieldError{Pointer: "#/sku", Detail: "is missing"})
	}
	return in.SKU, nil
}

// TestEveryRefusal sends every row of the status table over a real socket.
func TestEveryRefusal(t *testing.T) {
	t.Parallel()
	closed := chain("closed", echo)
	closed.Tenants = []string{"somebody"}
	small := chain("small", echo)
	small.MaxBody = 10
	worded := chain("worded", echo)
	worded.Headers = []string{"X-Word"}
	s := serve(t, setup{
		cfg: adapter.Config{Tokens: []adapter.Token{{Tenant: "shop", Secret: shopToken}, {Tenant: "other", Secret: otherToken}}},
		chains: []functions.Chain{
			chain("order", functions.Typed(order)), chain("echo", echo), closed, small, worded,
		},
	})
	const structured = "application/cloudevents+json"
	for name, tt := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
		detail             string
	}{
		"malformed JSON":         {"POST", "/order", `{"sku":`, nil, 400, "not JSON"},
		"empty body":             {"POST", "/order", ``, nil, 400, "empty"},
		"wrong type":             {"POST", "/order", `{"sku":5}`, nil, 422, "field"},
		"missing field":          {"POST", "/order", `{}`, nil, 422, "see errors"},
		"wrong method":           {"GET", "/order", ``, nil, 405, "use POST"},
		"unknown route":          {"POST", "/nowhere", ``, nil, 404, "no route"},
		"unknown route below":    {"POST", "/order/1", ``, nil, 404, "no route"},
		"too large":              {"POST", "/small", `12345678901`, nil, 413, "10 bytes"},
		"empty key":              {"POST", "/echo", `x`, []string{"Idempotency-Key", `""`}, 400, "Idempotency-Key"},
		"two keys":               {"POST", "/echo", `x`, []string{"Idempotency-Key", "a", "Idempotency-Key", "b"}, 400, "2 times"},
		"long key":               {"POST", "/echo", `x`, []string{"Idempotency-Key", strings.Repeat("k", 256)}, 400, "255"},
		"key not ASCII":          {"POST", "/echo", `x`, []string{"Idempotency-Key", "schlüssel"}, 400, "ASCII"},
		"header not UTF-8":       {"POST", "/worded", `x`, []string{"X-Word", "\xff\xfe"}, 400, "X-Word"},
		"no request id":          {"GET", "/requests/17", ``, nil, 404, "17"},
		"id never seen":          {"GET", "/requests/01900000-0000-7000-8000-000000000000", ``, nil, 404, "never seen"},
		"cancel of never seen":   {"DELETE", "/requests/01900000-0000-7000-8000-000000000000", ``, nil, 404, "never seen"},
		"wrong method on id":     {"PUT", "/requests/01900000-0000-7000-8000-000000000000", ``, nil, 405, "PUT"},
		"forbidden chain":        {"POST", "/closed", `x`, nil, 403, "closed"},
		"event without an id":    {"POST", "/events", `{"specversion":"1.0","source":"/s","type":"homing.echo"}`, []string{"Content-Type", structured}, 400, "id"},
		"event of unknown type":  {"POST", "/events", `{"specversion":"1.0","id":"1","source":"/s","type":"nope"}`, []string{"Content-Type", structured}, 404, "type"},
		"event for closed chain": {"POST", "/events", `{"specversion":"1.0","id":"1","source":"/s","type":"homing.closed"}`, []string{"Content-Type", structured}, 403, "closed"},
		"malformed event":        {"POST", "/events", `{`, []string{"Content-Type", structured}, 400, ""},
		"unknown event format":   {"POST", "/events", `x`, []string{"Content-Type", "application/cloudevents+avro"}, 415, "avro"},
		"event too large":        {"POST", "/events", `{"specversion":"1.0","id":"1","source":"/s","type":"homing.small","data":"12345678901"}`, []string{"Content-Type", structured}, 413, "bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.do(tt.method, tt.path, tt.body, append(tt.headers, "Authorization", "Bearer "+shopToken)...)
			p := got.problem(t, tt.status)
			if all := p.Detail + string(got.body); !strings.Contains(all, tt.detail) {
				t.Errorf("%q does not say %q", all, tt.detail)
			}
			if allow := got.header.Get("Allow"); (tt.status == 405) != (allow != "") {
				t.Errorf("Allow: %q", allow)
			}
		})
	}
	for name, auth := range map[string]string{
		"no token": "", "wrong token": "Bearer nope", "wrong scheme": "Basic " + shopToken, "prefix of a token": "Bearer shop-secret",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{"/echo", "/events", "/requests/01900000-0000-7000-8000-000000000000", "/metrics", "/openapi.json"} {
				method := "GET"
				if path == "/echo" || path == "/events" {
					method = "POST"
				}
				got := s.do(method, path, "", "Authorization", auth)
				got.problem(t, 401)
				if got.header.Get("WWW-Authenticate") == "" {
					t.Error("no WWW-Authenticate")
				}
			}
		})
	}
}

func TestHealthNeedsNoToken(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{
		cfg:    adapter.Config{Tokens: []adapter.Token{{Tenant: "shop", Secret: shopToken}}},
		chains: []functions.Chain{chain("echo", echo)},
	})
	s.do("GET", "/health/liveness", "").is(t, 200, "ALIVE\n")
	s.do("GET", "/health/readiness", "").is(t, 200, "READY\n")
}

func TestRequestsOfAnotherTenantAreUnknown(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{
		cfg:    adapter.Config{Tokens: []adapter.Token{{Tenant: "shop", Secret: shopToken}, {Tenant: "other", Secret: otherToken}}},
		chains: []functions.Chain{chain("echo", echo)},
	})
	got := s.do("POST", "/echo", "mine", "Prefer", "respond-async", "Authorization", "Bearer "+shopToken)
	where := got.header.Get("Location")
	s.do("GET", where, "", "Authorization", "Bearer "+otherToken).problem(t, 404)
	s.do("DELETE", where, "", "Authorization", "Bearer "+otherToken).problem(t, 404)
	s.do("GET", where, "", "Prefer", "wait=10", "Authorization", "Bearer "+shopToken).is(t, 200, "mine")
}

func TestFullStoreRefusesPromisesButNotPlainCalls(t *testing.T) {
	t.Parallel()
	g := newGated()
	s := serve(t, setup{
		store:  memory.Options{MaxEntries: 1},
		chains: []functions.Chain{chain("wait", g.obedient), chain("echo", echo)},
	})
	first := s.do("POST", "/wait", "kept", "Prefer", "respond-async")
	if first.status != 202 {
		t.Fatalf("first: %d %s", first.status, first.body)
	}
	full := s.do("POST", "/echo", "x", "Prefer", "respond-async")
	full.problem(t, 503)
	if full.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	s.do("POST", "/echo", "x", "Idempotency-Key", "k").problem(t, 503)
	s.do("POST", "/echo", "plain").is(t, 200, "plain")
	close(g.open)
	s.do("GET", first.header.Get("Location"), "", "Prefer", "wait=10").is(t, 200, "kept")
}

func TestLimitOfCallsInFlight(t *testing.T) {
	t.Parallel()
	g := newGated()
	s := serve(t, setup{cfg: adapter.Config{MaxInFlight: 1}, chains: []functions.Chain{chain("wait", g.obedient)}})
	first := make(chan answer, 1)
	go func() { first <- s.do("POST", "/wait", "first") }()
	<-g.started
	second := s.do("POST", "/wait", "second")
	second.problem(t, 429)
	if second.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	close(g.open)
	(<-first).is(t, 200, "first")
	s.do("POST", "/wait", "third").is(t, 200, "third")
}

func TestExpiredReplyIsGone(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	c := chain("echo", echo)
	c.AsyncTimeout = time.Minute
	s := serve(t, setup{
		cfg:    adapter.Config{Retention: time.Minute},
		store:  memory.Options{Now: clock},
		chains: []functions.Chain{c},
	})
	where := s.do("POST", "/echo", "x", "Prefer", "respond-async").header.Get("Location")
	s.do("GET", where, "", "Prefer", "wait=10").is(t, 200, "x")
	ahead.Store(int64(3 * time.Minute))
	s.do("GET", where, "").problem(t, 410)
	s.do("DELETE", where, "").problem(t, 410)
}

func TestCancel(t *testing.T) {
	t.Parallel()
	g := newGated()
	stopped := make(chan error, 1)
	s := serve(t, setup{chains: []functions.Chain{chain("wait", func(ctx context.Context, in event.Event) (*event.Event, error) {
		out, err := g.obedient(ctx, in)
		stopped <- err
		return out, err
	})}})
	where := s.do("POST", "/wait", "x", "Prefer", "respond-async").header.Get("Location")
	<-g.started
	s.do("DELETE", where, "").is(t, http.StatusNoContent, "")
	if err := <-stopped; err == nil {
		t.Error("the function was not stopped")
	}
	s.do("DELETE", where, "").is(t, http.StatusNoContent, "")
	s.do("GET", where, "").problem(t, 410)

	close(g.open)
	where = s.do("POST", "/wait", "y", "Prefer", "respond-async").header.Get("Location")
	s.do("GET", where, "", "Prefer", "wait=10").is(t, 200, "y")
	s.do("DELETE", where, "").problem(t, 409)
}
