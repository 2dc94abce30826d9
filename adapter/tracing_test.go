package adapter_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/functions"
)

const (
	callersTrace  = "0af7651916cd43dd8448eb211c80319c"
	callersSpan   = "b7ad6b7169203331"
	callersParent = "00-" + callersTrace + "-" + callersSpan + "-01"
)

// recorded is a server whose spans are kept.
type recorded struct {
	*server

	spans *tracetest.SpanRecorder
}

func record(t *testing.T, s setup, opts ...sdk.TracerProviderOption) recorded {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	s.cfg.Traces = sdk.NewTracerProvider(append(opts, sdk.WithSpanProcessor(spans))...)
	return recorded{serve(t, s), spans}
}

// named waits for the first span of a name that has ended.
func (r recorded) named(name string) sdk.ReadOnlySpan {
	r.t.Helper()
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(time.Millisecond) {
		for _, s := range r.spans.Ended() {
			if s.Name() == name {
				return s
			}
		}
	}
	var all []string
	for _, s := range r.spans.Ended() {
		all = append(all, s.Name())
	}
	r.t.Fatalf("there is no span %q, but %q", name, all)
	return nil
}

func attr(s sdk.ReadOnlySpan, key attribute.Key) string {
	for _, kv := range s.Attributes() {
		if kv.Key == key {
			return kv.Value.String()
		}
	}
	return ""
}

func (r recorded) call(method, path, body string, headers ...string) answer {
	r.t.Helper()
	return r.do(method, path, body, headers...)
}

func below(child, parent sdk.ReadOnlySpan) bool {
	return child.Parent().SpanID() == parent.SpanContext().SpanID() && child.SpanContext().TraceID() == parent.SpanContext().TraceID()
}

func TestACallIsASpanWithOneForEachStep(t *testing.T) {
	t.Parallel()
	var seen []string
	look := func(ctx context.Context, in event.Event) (*event.Event, error) {
		seen = append(seen, functions.Attribute(in, functions.AttrTraceParent), trace.SpanContextFromContext(ctx).SpanID().String())
		return &in, nil
	}
	c := chain("look", look)
	c.Steps = []functions.Step{{Name: "a", Function: look}, {Name: "b", Function: look}}
	r := record(t, setup{chains: []functions.Chain{c}})
	got := r.call(http.MethodPost, "/look", "x", "User-Agent", "me")
	call, a, b := r.named("POST /look"), r.named("step a"), r.named("step b")
	if call.SpanKind() != trace.SpanKindServer || !below(a, call) || !below(b, call) || call.Parent().IsValid() {
		t.Errorf("got %v, %v, %v", call, a, b)
	}
	id := got.header.Get("X-Request-ID")
	for key, want := range map[attribute.Key]string{
		"http.request.method": "POST", "http.route": "/look", "url.path": "/look", "url.scheme": "http", "http.response.status_code": "200",
		"network.protocol.version": "1.1", "server.address": "127.0.0.1", "user_agent.original": "me", "homing.chain": "look",
		"homing.request_id": id, "cloudevents.event_id": id, "cloudevents.event_source": "/chains/look", "cloudevents.event_spec_version": "1.0",
	} {
		if attr(call, key) != want {
			t.Errorf("%s is %q, not %q", key, attr(call, key), want)
		}
	}
	parent := "00-" + call.SpanContext().TraceID().String() + "-" + call.SpanContext().SpanID().String() + "-01"
	want := []string{parent, a.SpanContext().SpanID().String(), parent, b.SpanContext().SpanID().String()}
	if strings.Join(seen, " ") != strings.Join(want, " ") {
		t.Errorf("the steps have seen %q, not %q", seen, want)
	}
}

func TestATraceGoesOnWhereItsCallerIs(t *testing.T) {
	t.Parallel()
	var parent, state string
	look := func(_ context.Context, in event.Event) (*event.Event, error) {
		parent, state = functions.Attribute(in, functions.AttrTraceParent), functions.Attribute(in, functions.AttrTraceState)
		return &in, nil
	}
	const another = "00-1af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01"
	for name, tt := range map[string]struct {
		path          string
		headers       []string
		parent, state string
		trace         string // of the span of the call; "" for one of its own
	}{
		"header":           {"/look", []string{"Traceparent", callersParent, "Tracestate", "a=1"}, callersParent, "a=1", callersTrace},
		"invalid header":   {"/look", []string{"Traceparent", strings.ToUpper(callersParent), "Tracestate", "a=1"}, "", "", ""},
		"event":            {"/events", []string{"Ce-Traceparent", another, "Ce-Tracestate", "b=2"}, another, "b=2", ""},
		"event and header": {"/events", []string{"Ce-Traceparent", another, "Traceparent", callersParent}, another, "", callersTrace},
		"invalid event":    {"/events", []string{"Ce-Traceparent", "00-0-0-00", "Traceparent", callersParent}, callersParent, "", callersTrace},
		"only a state":     {"/events", []string{"Ce-Tracestate", "b=2", "Traceparent", callersParent}, callersParent, "", callersTrace},
	} {
		r := record(t, setup{chains: []functions.Chain{chain("look", look)}})
		if tt.path == "/events" {
			tt.headers = append(tt.headers, "Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/s", "Ce-Type", chain("look", nil).WithDefaults().Type)
		}
		if got := r.call(http.MethodPost, tt.path, "x", tt.headers...); got.status != http.StatusOK {
			t.Fatalf("%s: got %d %s", name, got.status, got.body)
		}
		call := r.named("POST " + tt.path)
		own := "00-" + call.SpanContext().TraceID().String() + "-" + call.SpanContext().SpanID().String() + "-01"
		if tt.parent == "" {
			tt.parent = own
		}
		if parent != tt.parent || state != tt.state {
			t.Errorf("%s: the event has %q and %q", name, parent, state)
		}
		if tt.trace != "" && (call.SpanContext().TraceID().String() != tt.trace || call.Parent().SpanID().String() != callersSpan) {
			t.Errorf("%s: the call belongs to %v", name, call.SpanContext())
		}
	}
}

func TestAFailureIsRecordedWithItsCause(t *testing.T) {
	t.Parallel()
	fails := func(context.Context, event.Event) (*event.Event, error) { return nil, errors.New("no disk") }
	retried := chain("fail", fails)
	retried.Steps[0].Name = "work"
	retried.Steps[0].Policy.Retry = functions.Retry{Attempts: 2, Delay: time.Millisecond}
	r := record(t, setup{chains: []functions.Chain{retried}})
	if got := r.call(http.MethodPost, "/fail", "x"); got.status != http.StatusInternalServerError {
		t.Fatal(got.status)
	}
	call, step := r.named("POST /fail"), r.named("step work")
	var attempts []string
	for _, s := range r.spans.Ended() {
		if s.Name() == "attempt work" && below(s, step) {
			attempts = append(attempts, attr(s, "homing.attempt"))
		}
	}
	if strings.Join(attempts, " ") != "1 2" {
		t.Errorf("attempts %q", attempts)
	}
	for _, s := range []sdk.ReadOnlySpan{call, step} {
		if s.Status().Code != codes.Error || attr(s, "error.type") != "500" || len(s.Events()) != 1 {
			t.Fatalf("%s: %v %v", s.Name(), s.Status(), s.Events())
		}
		var text string
		for _, kv := range s.Events()[0].Attributes {
			text += kv.Value.String()
		}
		if !strings.Contains(text, "no disk") {
			t.Errorf("%s: %s", s.Name(), text)
		}
	}
}

func TestWhoIsRefusedHasASpanOfTheRoute(t *testing.T) {
	t.Parallel()
	r := record(t, setup{
		cfg: adapter.Config{Tokens: []adapter.Token{{Tenant: "t", Secret: strings.Repeat("s", 32)}}}, chains: []functions.Chain{chain("echo", echo)},
	})
	r.call(http.MethodPost, "/echo", "x")
	if s := r.named("POST /echo"); attr(s, "http.response.status_code") != "401" || s.Status().Code == codes.Error {
		t.Errorf("got %v", s.Attributes())
	}
	r.call("BREW", "/nothing", "")
	if s := r.named("HTTP"); attr(s, "http.request.method") != "_OTHER" || attr(s, "http.request.method_original") != "BREW" {
		t.Errorf("got %v", s.Attributes())
	}
	r.call(http.MethodGet, "/health/readiness", "")
	r.call(http.MethodGet, "/requests/x", "")
	r.named("GET /requests/{id}")
	for _, s := range r.spans.Ended() {
		if strings.Contains(attr(s, "url.path"), "health") {
			t.Errorf("a probe has the span %s", s.Name())
		}
	}
}

// A function that ignores its deadline runs on; its call was answered.
func TestTheSpanOfACallEndsWithItsAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		stuck := func(_ context.Context, in event.Event) (*event.Event, error) {
			<-free
			return &in, nil
		}
		c := chain("stuck", stuck)
		c.Timeout = 50 * time.Millisecond
		r := record(t, setup{chains: []functions.Chain{c}, inMemory: true})
		if got := r.call(http.MethodPost, "/stuck", "x"); got.status != http.StatusGatewayTimeout {
			t.Fatal(got.status)
		}
		if s := r.named("POST /stuck"); attr(s, "http.response.status_code") != "504" || s.Status().Code != codes.Error {
			t.Errorf("got %v", s.Attributes())
		}
		close(free)
		r.named("step work")
	})
}

func TestACallThatIsNotSampledHasNoSpans(t *testing.T) {
	t.Parallel()
	var parent string
	look := func(_ context.Context, in event.Event) (*event.Event, error) {
		parent = functions.Attribute(in, functions.AttrTraceParent)
		return &in, nil
	}
	r := record(t, setup{chains: []functions.Chain{chain("look", look)}}, sdk.WithSampler(sdk.ParentBased(sdk.NeverSample())))
	r.call(http.MethodPost, "/look", "x")
	if len(r.spans.Started()) != 0 || !strings.HasSuffix(parent, "-00") {
		t.Errorf("%d spans, and the event has %q", len(r.spans.Started()), parent)
	}
	r.call(http.MethodPost, "/look", "x", "Traceparent", callersParent)
	if r.named("step work"); parent != callersParent {
		t.Errorf("the event has %q", parent)
	}
}

func TestAHopCarriesItsOwnSpan(t *testing.T) {
	t.Parallel()
	headers := make(chan http.Header, 1)
	remote := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		headers <- req.Header
		w.Header().Set("Ce-Specversion", "1.0")
		w.Header().Set("Ce-Id", "1")
		w.Header().Set("Ce-Source", "/s")
		w.Header().Set("Ce-Type", "t")
		_, _ = io.Copy(w, req.Body)
	}))
	t.Cleanup(remote.Close)
	c := chain("far", nil)
	c.Steps = []functions.Step{{Name: "far", URL: remote.URL + "/a?key=secret"}}
	r := record(t, setup{chains: []functions.Chain{c}})
	if got := r.call(http.MethodPost, "/far", "x", "Traceparent", callersParent, "Tracestate", "a=1"); got.status != http.StatusOK {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	h, hop := <-headers, r.named("POST")
	if !below(hop, r.named("step far")) || hop.SpanKind() != trace.SpanKindClient {
		t.Errorf("got %v", hop)
	}
	if h.Get("Traceparent") != "00-"+callersTrace+"-"+hop.SpanContext().SpanID().String()+"-01" || h.Get("Tracestate") != "a=1" {
		t.Errorf("the hop has %q, and its span is %v", h.Get("Traceparent"), hop.SpanContext())
	}
	if h.Get("Ce-Traceparent") != callersParent || h.Get("Ce-Tracestate") != "a=1" {
		t.Errorf("the event has %q", h.Get("Ce-Traceparent"))
	}
	if attr(hop, "url.full") != remote.URL+"/a" || attr(hop, "http.response.status_code") != "200" {
		t.Errorf("got %v", hop.Attributes())
	}
}
