package knative_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/runtimes/knative"
	"github.com/homing-dev/homing/tests/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

// process is a service behind a real socket.
type process struct {
	knative.Service

	t   *testing.T
	url string
}

// start starts the process that an environment describes.
func start(t *testing.T, e env, chains ...functions.Chain) *process {
	t.Helper()
	cfg, err := knative.FromEnv(e.environ())
	if err != nil {
		t.Fatal(err)
	}
	svc, err := knative.New(cfg, chains, knative.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, svc)
}

// serve puts a service behind a real socket.
func serve(t *testing.T, svc knative.Service) *process {
	t.Helper()
	t.Cleanup(svc.Close)
	srv := httptest.NewServer(svc)
	t.Cleanup(srv.Close)
	return &process{Service: svc, t: t, url: srv.URL}
}

// answer is what came back over the socket.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func do(t *testing.T, method, url, body string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return send(t, req)
}

func send(t *testing.T, req *http.Request) answer {
	t.Helper()
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, data}
}

// problem checks that the answer is a problem with a status, and returns it.
func (a answer) problem(t *testing.T, status int) functions.Problem {
	t.Helper()
	var p functions.Problem
	if err := json.Unmarshal(a.body, &p); err != nil || a.status != status || p.Status != status || p.Detail == "" ||
		a.header.Get("Content-Type") != functions.ProblemContentType {
		t.Fatalf("got %d %s, want the problem %d", a.status, a.body, status)
	}
	return p
}

// give posts ev. A test may have its reply before the vertex has answered, and
// end; the servers then wait for the answer when they are closed.
func (p *process) give(ev event.Event) answer {
	p.t.Helper()
	return send(p.t, p.post(context.WithoutCancel(p.t.Context()), ev))
}

func (p *process) post(ctx context.Context, ev event.Event) *http.Request {
	p.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+"/", bytes.NewReader(ev.DataEncoded))
	if err != nil {
		p.t.Fatal(err)
	}
	if err := cloudevents.SetHeaders(req.Header, ev); err != nil {
		p.t.Fatal(err)
	}
	return req
}

// request is an event as an adapter creates it; attrs are names and values of
// further attributes.
func request(slip string, attrs ...string) event.Event {
	id := reply.NewID(time.Now(), 7).String()
	ev := event.New()
	ev.SetID(id)
	ev.SetSource("/chains/letters")
	ev.SetType("homing.letters")
	ev.SetExtension(functions.AttrCorrelationID, id)
	ev.SetExtension(functions.AttrExpiryTime, time.Now().Add(10*time.Second).UTC().Format(time.RFC3339Nano))
	ev.SetExtension(functions.AttrRoutingSlip, slip)
	for i := 0; i < len(attrs); i += 2 {
		ev.SetExtension(attrs[i], attrs[i+1])
	}
	ev.DataEncoded = []byte("-")
	return ev
}

// appends returns a function that adds a letter to the data.
func appends(letter string) functions.Function {
	return func(_ context.Context, in event.Event) (*event.Event, error) {
		in.DataEncoded = append(bytes.Clone(in.DataEncoded), letter...)
		return &in, nil
	}
}

// letters is a chain of the steps a, b and c, each of which adds its letter.
func letters() functions.Chain {
	c := functions.Chain{Name: "letters", Method: http.MethodPost, Path: "/letters", Timeout: 10 * time.Second}
	for _, l := range []string{"a", "b", "c"} {
		c.Steps = append(c.Steps, functions.Step{Name: l, Function: appends(l)})
	}
	return c
}

// single is a chain of one step.
func single(name string, f functions.Function) functions.Chain {
	return functions.Chain{
		Name: name, Method: http.MethodPost, Path: "/" + name, Timeout: 10 * time.Second,
		Steps: []functions.Step{{Name: "work", Function: f}},
	}
}
