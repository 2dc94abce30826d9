package fmea_test

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/runtimes/local"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// beforeServe is the least drain time, so that a busy machine does not cut answers.
const beforeServe = 20 * time.Second

// server is the whole of a local deployment: adapter, vertex, store and HTTP
// server behind a loopback socket.
type server struct {
	t       *testing.T
	adapter *adapter.Adapter
	store   *memory.Store
	metrics *prometheus.Registry
	addr    string
	client  *http.Client
	stop    context.CancelFunc // what SIGTERM does
	served  func() error       // waits for the end of Serve
}

type setup struct {
	cfg    adapter.Config
	store  memory.Options
	server local.Server
	listen net.Listener // nil means a loopback socket
	wrap   func(*memory.Store) reply.Store
}

func serve(t *testing.T, s setup, chains ...functions.Chain) *server {
	t.Helper()
	out := &server{t: t, store: memory.New(s.store), metrics: prometheus.NewRegistry()}
	s.cfg.Store, s.cfg.Metrics = out.store, out.metrics
	if s.wrap != nil {
		s.cfg.Store = s.wrap(out.store)
	}
	s.cfg.Logger = cmp.Or(s.cfg.Logger, slog.New(slog.DiscardHandler))
	var err error
	if out.adapter, err = runtimes.Inline(chains, s.cfg); err != nil {
		t.Fatal(err)
	}
	if s.listen == nil {
		if s.listen, err = new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	out.addr = s.listen.Addr().String()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	out.client = &http.Client{Transport: transport}
	out.start(s)
	t.Cleanup(func() {
		out.stop()
		_ = out.served() // a test that cares has asked before
		out.adapter.Close()
		transport.CloseIdleConnections()
	})
	return out
}

func (s *server) start(with setup) {
	with.server.Service, with.server.Logger = s.adapter, slog.New(slog.DiscardHandler)
	with.server.Drain = cmp.Or(with.server.Drain, beforeServe)
	// A client that gives up while it dials leaves a connection for the next call, which
	// must not find that the server has closed it just then.
	with.server.HeaderTimeout = cmp.Or(with.server.HeaderTimeout, wait.Patience)
	with.server.RequestTimeout = cmp.Or(with.server.RequestTimeout, wait.Patience)
	with.server.IdleTimeout = cmp.Or(with.server.IdleTimeout, wait.Patience)
	ctx, stop := context.WithCancel(context.Background()) // outlives the test's own, for its cleanup
	s.stop = stop
	ended := make(chan error, 1)
	go func() { ended <- with.server.Serve(ctx, with.listen) }()
	s.served = sync.OnceValue(func() error {
		select {
		case err := <-ended:
			return err
		case <-time.After(wait.Patience):
			s.t.Error("Serve did not return")
			return context.DeadlineExceeded
		}
	})
}

// gauge reads a metric that has no labels.
func (s *server) gauge(name string) float64 {
	s.t.Helper()
	families, err := s.metrics.Gather()
	if err != nil {
		s.t.Error(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	s.t.Errorf("no metric %s", name)
	return -1
}

func (s *server) inFlight() int { return int(s.gauge("homing_calls_in_flight")) }
func (s *server) waiting() int  { return int(s.gauge("homing_connections_waiting")) }

// settles waits until nothing runs and nobody waits any more.
func (s *server) settles() {
	s.t.Helper()
	wait.Eventually(s.t, "no call in flight", func() bool { return s.inFlight() == 0 })
	wait.Eventually(s.t, "no connection waiting", func() bool { return s.waiting() == 0 })
}
