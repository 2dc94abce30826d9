package adapter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/pipe"
	"github.com/homing-dev/homing/runtimes"
)

// server is an adapter behind a real socket.
type server struct {
	*httptest.Server

	t       *testing.T
	adapter *adapter.Adapter
	store   *memory.Store
}

type setup struct {
	cfg      adapter.Config
	store    memory.Options
	chains   []functions.Chain
	inMemory bool // its connections are, as a bubble of synctest needs it
}

func serve(t *testing.T, s setup) *server {
	t.Helper()
	store := memory.New(s.store)
	s.cfg.Store = store
	if s.cfg.Logger == nil {
		s.cfg.Logger = slog.New(slog.DiscardHandler)
	}
	a, err := runtimes.Inline(s.chains, s.cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s.listen(t, a, store)
}

func (s setup) listen(t *testing.T, a *adapter.Adapter, store *memory.Store) *server {
	t.Helper()
	srv := &server{t: t, adapter: a, store: store}
	if s.inMemory {
		srv.Server = inMemory(&http.Server{Handler: a})
	} else {
		srv.Server = httptest.NewServer(a)
	}
	t.Cleanup(func() {
		srv.Close()
		a.Close()
	})
	return srv
}

// inMemory starts a server whose connections are no sockets.
func inMemory(s *http.Server) *httptest.Server {
	connections := pipe.Listen()
	srv := &httptest.Server{Listener: connections, Config: s}
	srv.Start()
	srv.URL = "http://homing.test"
	srv.Client().Transport = &http.Transport{DialContext: connections.Dial}
	return srv
}

// answer is what came back over the socket.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (s *server) do(method, path, body string, headers ...string) answer {
	s.t.Helper()
	return s.doContext(s.t.Context(), method, path, strings.NewReader(body), headers...)
}

func (s *server) doContext(ctx context.Context, method, path string, body io.Reader, headers ...string) answer {
	s.t.Helper()
	got, err := s.try(ctx, method, path, body, headers...)
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

func (s *server) try(ctx context.Context, method, path string, body io.Reader, headers ...string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.URL+path, body)
	if err != nil {
		return answer{}, err
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	resp, err := s.Client().Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, data}, err
}

// problem checks that the answer is a problem with a status, and returns it.
func (g answer) problem(t *testing.T, status int) functions.Problem {
	t.Helper()
	if g.status != status {
		t.Fatalf("status %d, want %d; body %s", g.status, status, g.body)
	}
	if ct := g.header.Get("Content-Type"); ct != functions.ProblemContentType {
		t.Fatalf("content type %q of a failure; body %s", ct, g.body)
	}
	var p functions.Problem
	dec := json.NewDecoder(bytes.NewReader(g.body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		t.Fatalf("problem document %s: %v", g.body, err)
	}
	if p.Status != status || p.Title == "" || p.Detail == "" {
		t.Fatalf("problem is not complete: %s", g.body)
	}
	return p
}

func (g answer) is(t *testing.T, status int, body string) {
	t.Helper()
	if g.status != status || string(g.body) != body {
		t.Fatalf("got %d %q, want %d %q", g.status, g.body, status, body)
	}
}

// chain returns a chain of one step, POST /name.
func chain(name string, f functions.Function) functions.Chain {
	return functions.Chain{
		Name: name, Method: http.MethodPost, Path: "/" + name, Timeout: 10 * time.Second,
		Steps: []functions.Step{{Name: "work", Function: f}},
	}
}

func echo(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }

// gated waits until it is let go, or its context ends.
type gated struct {
	started chan struct{}
	open    chan struct{}
}

func newGated() gated { return gated{make(chan struct{}, 10_000), make(chan struct{})} }

func (g gated) obedient(ctx context.Context, in event.Event) (*event.Event, error) {
	g.started <- struct{}{}
	select {
	case <-g.open:
		return &in, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// deaf ignores its context.
func (g gated) deaf(_ context.Context, in event.Event) (*event.Event, error) {
	g.started <- struct{}{}
	<-g.open
	return &in, nil
}
