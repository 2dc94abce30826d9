package adapter_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
)

// declaration is the OpenAPI document of a server, and which of its answers were
// seen.
type declaration struct {
	t    *testing.T
	doc  *openapi3.T
	mu   sync.Mutex
	seen map[string]bool // "POST /echo 200"
}

func declarationOf(t *testing.T, s *server) *declaration {
	t.Helper()
	got := s.do("GET", "/openapi.json", "", "Authorization", "Bearer "+shopToken)
	doc, err := openapi3.NewLoader().LoadFromData(got.body)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &declaration{t: t, doc: doc, seen: map[string]bool{}}
}

// unremarkable are the headers of answers that no OpenAPI document declares.
var unremarkable = []string{
	"Cache-Control", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Date", "Transfer-Encoding", "X-Accel-Buffering", "X-Content-Type-Options",
}

// covers checks an answer against the document: its status by its number, unless
// a function chose it, its content type, its data, and every header.
func (d *declaration) covers(t *testing.T, method, path string, got answer, chosen bool) {
	t.Helper()
	item := d.doc.Paths.Find(path)
	if item == nil || item.GetOperation(method) == nil {
		t.Fatalf("%s %s is not declared", method, path)
	}
	op := item.GetOperation(method)
	response := op.Responses.Status(got.status)
	if chosen && response == nil {
		response = op.Responses.Default()
	}
	if response == nil {
		t.Fatalf("%s %s: status %d is not declared; it was answered with %v %s", method, path, got.status, got.header, got.body)
	}
	d.mu.Lock()
	d.seen[method+" "+path+" "+strconv.Itoa(got.status)] = true
	d.mu.Unlock()
	for name := range got.header {
		_, declared := response.Value.Headers[name]
		for other := range response.Value.Headers {
			declared = declared || http.CanonicalHeaderKey(other) == name
		}
		if strings.HasPrefix(name, "Ce-") && path == "/events" { // attributes, of which any extension is one
			continue
		}
		if !declared && !slices.Contains(unremarkable, name) {
			t.Errorf("%s %s %d: header %s is not declared", method, path, got.status, name)
		}
	}
	req := httptest.NewRequestWithContext(t.Context(), method, "http://homing.test"+path, nil)
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: req, Route: &routers.Route{Spec: d.doc, Path: path, PathItem: item, Method: method, Operation: op},
		},
		Status: got.status, Header: got.header, Body: io.NopCloser(bytes.NewReader(got.body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: !chosen},
	}
	if err := openapi3filter.ValidateResponse(t.Context(), in); err != nil {
		t.Errorf("%s %s %d: %v", method, path, got.status, err)
	}
}

func eventOf(chainName string) string {
	return `{"specversion":"1.0","id":"1","source":"/s","type":"homing.` + chainName + `","data":"x"}`
}

// declaredChains are chains that fail in every way, and some that do not.
func declaredChains(t *testing.T, g gated) []functions.Chain {
	t.Helper()
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/unauthorised" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, "no event")
	}))
	t.Cleanup(foreign.Close)
	at := func(name, url string) functions.Chain {
		c := chain(name, nil)
		c.Steps[0].URL = url
		c.Steps[0].Policy.Retry.Attempts = 1
		return c
	}
	status := func(code int) functions.Function {
		return func(_ context.Context, in event.Event) (*event.Event, error) {
			functions.SetStatus(&in, code)
			return &in, nil
		}
	}
	closed, small, worded, slow, late := chain("closed", echo), chain("small", echo), chain("worded", echo), chain("slow", g.obedient), chain("late", g.deaf)
	closed.Tenants, small.MaxBody, worded.Headers, slow.Timeout, late.Timeout = []string{"somebody"}, 10, []string{"X-Word"}, 50*time.Millisecond, 50*time.Millisecond
	late.Method, late.Path = "PUT", "/late/{name}"
	broken := chain("broken", func(context.Context, event.Event) (*event.Event, error) { return nil, errors.New("broken") })
	broken.Steps[0].Policy.Breaker = functions.Breaker{Failures: 1, Delay: time.Hour}
	return []functions.Chain{
		chain("order", functions.Typed(order)), chain("echo", echo), closed, small, worded, slow, late, broken,
		chain("drop", func(context.Context, event.Event) (*event.Event, error) { return nil, nil }),
		chain("created", status(201)), chain("teapot", status(418)), chain("none", status(99)),
		chain("fail", func(context.Context, event.Event) (*event.Event, error) { return nil, errors.New("failed") }),
		chain("panic", func(context.Context, event.Event) (*event.Event, error) { panic("failed") }),
		at("dead", "http://127.0.0.1:1"), at("unauthorised", foreign.URL+"/unauthorised"), at("nonsense", foreign.URL), chain("wait", g.obedient),
	}
}

// TestEveryAnswerIsDeclared drives every kind of answer over a socket and checks
// it against the document that the same server shows.
func TestEveryAnswerIsDeclared(t *testing.T) {
	t.Parallel()
	g := newGated()
	s := serve(t, setup{
		cfg:    adapter.Config{Tokens: []adapter.Token{{Tenant: "shop", Secret: shopToken}, {Tenant: "other", Secret: otherToken}}},
		chains: declaredChains(t, g),
	})
	t.Cleanup(func() { close(g.open) })
	d := declarationOf(t, s)
	for name, tt := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
		chosen             bool // by a function
	}{
		"result":                   {"POST", "/echo", "x", nil, 200, false},
		"result with Vary":         {"POST", "/worded", "x", []string{"X-Word", "w"}, 200, false},
		"async":                    {"POST", "/echo", "x", []string{"Prefer", "respond-async"}, 202, false},
		"wait is over":             {"POST", "/wait", "x", []string{"Prefer", "wait=0"}, 202, false},
		"dropped":                  {"POST", "/drop", "x", nil, 204, false},
		"status of a function":     {"POST", "/created", "x", nil, 201, true},
		"failure of a function":    {"POST", "/teapot", "x", nil, 418, true},
		"key is empty":             {"POST", "/echo", "x", []string{"Idempotency-Key", `""`}, 400, false},
		"body is no JSON":          {"POST", "/order", "{", nil, 400, false},
		"no token":                 {"POST", "/echo", "x", []string{"Authorization", "-"}, 401, false},
		"not this chain":           {"POST", "/closed", "x", nil, 403, false},
		"too large":                {"POST", "/small", "12345678901", nil, 413, false},
		"content type":             {"POST", "/echo", "x", []string{"Content-Type", "nonsense"}, 415, false},
		"invalid":                  {"POST", "/order", "{}", nil, 422, false},
		"function failed":          {"POST", "/fail", "x", nil, 500, false},
		"function panicked":        {"POST", "/panic", "x", nil, 500, false},
		"no status":                {"POST", "/none", "x", nil, 500, false},
		"step unreachable":         {"POST", "/dead", "x", nil, 502, false},
		"step wants a token":       {"POST", "/unauthorised", "x", nil, 502, false},
		"step answers no event":    {"POST", "/nonsense", "x", nil, 502, false},
		"deadline":                 {"POST", "/slow", "x", nil, 504, false},
		"deadline, not heeded":     {"PUT", "/late/{name}", "x", nil, 504, false},
		"event":                    {"POST", "/events", eventOf("echo"), []string{"Content-Type", structuredType}, 200, false},
		"event, binary":            {"POST", "/events", "x", []string{"Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/s", "Ce-Type", "homing.echo"}, 200, false},
		"batch":                    {"POST", "/events", "[" + eventOf("echo") + "," + eventOf("fail") + "]", []string{"Content-Type", batchType}, 200, false},
		"event, async":             {"POST", "/events", eventOf("echo"), []string{"Content-Type", structuredType, "Prefer", "respond-async"}, 202, false},
		"event dropped":            {"POST", "/events", eventOf("drop"), []string{"Content-Type", structuredType}, 204, false},
		"event malformed":          {"POST", "/events", "{", []string{"Content-Type", structuredType}, 400, false},
		"event without a token":    {"POST", "/events", "{", []string{"Content-Type", structuredType, "Authorization", "-"}, 401, false},
		"event not allowed":        {"POST", "/events", eventOf("closed"), []string{"Content-Type", structuredType}, 403, false},
		"event of an unknown type": {"POST", "/events", eventOf("nobody"), []string{"Content-Type", structuredType}, 404, false},
		"batch not accepted":       {"POST", "/events", "[]", []string{"Content-Type", batchType, "Accept", "text/plain"}, 406, false},
		"event too large":          {"POST", "/events", strings.ReplaceAll(eventOf("small"), `"x"`, `"12345678901"`), []string{"Content-Type", structuredType}, 413, false},
		"unknown format":           {"POST", "/events", "x", []string{"Content-Type", "application/cloudevents+avro"}, 415, false},
		"event invalid":            {"POST", "/events", strings.ReplaceAll(eventOf("order"), `"x"`, `{}`), []string{"Content-Type", structuredType}, 422, false},
		"event failed":             {"POST", "/events", eventOf("fail"), []string{"Content-Type", structuredType}, 500, false},
		"event unreachable":        {"POST", "/events", eventOf("dead"), []string{"Content-Type", structuredType}, 502, false},
		"event too late":           {"POST", "/events", eventOf("slow"), []string{"Content-Type", structuredType}, 504, false},
		"status of an event":       {"POST", "/events", eventOf("created"), []string{"Content-Type", structuredType}, 201, true},
		"no id":                    {"GET", "/requests/{id}", "", nil, 404, false},
		"fetch without a token":    {"GET", "/requests/{id}", "", []string{"Authorization", "-"}, 401, false},
		"cancel of no id":          {"DELETE", "/requests/{id}", "", nil, 404, false},
		"cancel without a token":   {"DELETE", "/requests/{id}", "", []string{"Authorization", "-"}, 401, false},
		"document":                 {"GET", "/openapi.json", "", nil, 200, false},
		"document without a token": {"GET", "/openapi.json", "", []string{"Authorization", "-"}, 401, false},
		"metrics":                  {"GET", "/metrics", "", nil, 200, false},
		"metrics without a token":  {"GET", "/metrics", "", []string{"Authorization", "-"}, 401, false},
		"liveness":                 {"GET", "/health/liveness", "", []string{"Authorization", "-"}, 200, false},
		"readiness":                {"GET", "/health/readiness", "", []string{"Authorization", "-"}, 200, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !slices.Contains(tt.headers, "Authorization") {
				tt.headers = append(tt.headers, "Authorization", "Bearer "+shopToken)
			}
			got := s.do(tt.method, tt.path, tt.body, tt.headers...)
			if got.status != tt.status {
				t.Fatalf("status %d, want %d: %s", got.status, tt.status, got.body)
			}
			if tt.status >= 400 && !tt.chosen {
				got.problem(t, tt.status)
			}
			d.covers(t, tt.method, tt.path, got, tt.chosen)
		})
	}
}

// TestEveryFateOfARequestIsDeclared drives what takes more than one call.
func TestEveryFateOfARequestIsDeclared(t *testing.T) {
	t.Parallel()
	g := newGated()
	s := serve(t, setup{cfg: adapter.Config{MaxInFlight: 2, MaxWait: time.Minute}, store: memory.Options{MaxEntries: 9}, chains: declaredChains(t, g)})
	d := declarationOf(t, s)
	do := func(status int, method, template, path, body string, headers ...string) answer {
		t.Helper()
		got := s.do(method, path, body, headers...)
		if got.status != status {
			t.Fatalf("%s %s: status %d, want %d: %s", method, path, got.status, status, got.body)
		}
		d.covers(t, method, template, got, false)
		return got
	}
	const request = "/requests/{id}"
	keyed := []string{"Idempotency-Key", "k"}
	do(200, "POST", "/echo", "/echo", "x", keyed...)
	do(200, "POST", "/echo", "/echo", "x", append(keyed, "Prefer", "wait=5")...) // replayed
	do(422, "POST", "/echo", "/echo", "y", keyed...)
	done := do(202, "POST", "/echo", "/echo", "x", "Prefer", "respond-async").header.Get("Location")
	do(200, "GET", request, done, "", "Prefer", "wait=10")
	do(200, "GET", request, done, "", "Accept", structuredType)
	do(200, "GET", request, done, "", "Accept", "text/event-stream")
	do(204, "GET", request, done, "", "Accept", "text/event-stream", "Last-Event-ID", "1000000")
	do(400, "GET", request, done, "", "Accept", "text/event-stream", "Last-Event-ID", "x")
	do(409, "DELETE", request, done, "")
	failed := do(202, "POST", "/fail", "/fail", "x", "Prefer", "respond-async").header.Get("Location")
	do(500, "GET", request, failed, "", "Prefer", "wait=10")

	s.until("homing_calls_in_flight 0") // what was promised is at work until a moment behind its reply
	running := do(202, "POST", "/wait", "/wait", "x", "Prefer", "respond-async").header.Get("Location")
	do(202, "GET", request, running, "")
	do(202, "GET", request, running, "", "Prefer", "wait=0")
	<-g.started
	joined := make(chan answer, 1)
	first := make(chan answer, 1)
	go func() { first <- s.do("POST", "/wait", "z", "Idempotency-Key", "second") }()
	<-g.started
	go func() { joined <- s.do("GET", running, "", "Prefer", "wait=60") }()
	do(429, "POST", "/echo", "/echo", "x")
	do(429, "POST", "/events", "/events", eventOf("echo"), "Content-Type", structuredType)
	do(204, "DELETE", request, running, "")
	if got := <-joined; got.status != 410 {
		t.Fatalf("a fetch of a cancelled request: %d %s", got.status, got.body)
	}
	do(410, "GET", request, running, "")
	close(g.open)
	d.covers(t, "POST", "/wait", <-first, false)
	for range 9 { // fill the store
		if got := s.do("POST", "/echo", "x", "Prefer", "respond-async"); got.status != 202 {
			d.covers(t, "POST", "/echo", got, false)
		}
		s.until("homing_calls_in_flight 0")
	}
	do(503, "POST", "/events", "/events", eventOf("echo"), "Content-Type", structuredType, "Prefer", "respond-async")
	do(500, "POST", "/broken", "/broken", "x")
	do(503, "POST", "/broken", "/broken", "x")
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	_ = s.adapter.Drain(stopped) // nothing runs
	do(503, "POST", "/echo", "/echo", "x")
	do(503, "POST", "/events", "/events", eventOf("echo"), "Content-Type", structuredType)
	do(503, "GET", "/health/readiness", "/health/readiness", "")
	for _, want := range []string{"POST /echo 503", "POST /broken 503", "POST /echo 429", "GET /requests/{id} 410"} {
		if !d.seen[want] {
			t.Errorf("%s was not seen", want)
		}
	}
}

// TestWhatAConnectionDoesIsDeclared drives a body that does not come, and a
// client that does not wait for its answer.
func TestWhatAConnectionDoesIsDeclared(t *testing.T) {
	t.Parallel()
	g := newGated()
	s := serve(t, setup{chains: declaredChains(t, g)})
	d := declarationOf(t, s)
	defer close(g.open)
	for _, path := range []string{"/echo", "/events"} {
		got := stalledBody(t, path)
		got.problem(t, 408)
		d.covers(t, "POST", path, got, false)
	}
	resp, err := http.ReadResponse(bufio.NewReader(s.halfClosed(g, "")), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	gone := answer{resp.StatusCode, resp.Header, body}
	gone.problem(t, 499)
	d.covers(t, "POST", "/wait", gone, false)
}

// stalledBody returns the answer to a call of which the body does not come.
func stalledBody(t *testing.T, path string) (got answer) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, setup{chains: []functions.Chain{chain("echo", echo)}, inMemory: true})
		impatient := &server{Server: inMemory(&http.Server{Handler: s.adapter, ReadTimeout: time.Second}), t: t}
		defer impatient.Close()
		body, keepOpen := io.Pipe()
		defer keepOpen.Close()
		got = impatient.doContext(t.Context(), "POST", path, body, "Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/s", "Ce-Type", "homing.echo")
	})
	return got
}
