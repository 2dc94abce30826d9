package knative

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/adapter/reply/remote"
	"github.com/homing-dev/homing/internal/problem"
)

// storeOf is where an adapter keeps its replies: its own memory, or that of the
// process with the role "store".
func storeOf(c Config, given reply.Store) (s reply.Store, closeStore func(), err error) {
	if given != nil {
		return given, func() {}, nil
	}
	if c.StoreURL == "" {
		return memory.New(c.Memory), func() {}, nil
	}
	client, err := remote.New(c.StoreURL, c.StoreSecret, remote.Options{})
	if err != nil {
		return nil, nil, fmt.Errorf("HOMING_STORE_URL: %w", err)
	}
	return client, client.Close, nil
}

// storeService keeps the replies of several adapters in its memory, so that any
// of them can answer a fetch or a repeated key.
type storeService struct {
	mux     *http.ServeMux
	handler *remote.Handler
	work    work
}

func newStore(cfg Config) (Service, error) {
	h, err := remote.NewHandler(memory.New(cfg.Memory), cfg.StoreSecret, remote.HandlerOptions{})
	if err != nil {
		return nil, fmt.Errorf("HOMING_STORE_SECRET: %w", err)
	}
	s := &storeService{mux: http.NewServeMux(), handler: h}
	s.mux.Handle(remote.Root, h)
	s.mux.HandleFunc("GET /health/liveness", health(func() bool { return true }, "ALIVE"))
	s.mux.HandleFunc("GET /health/readiness", health(s.Ready, "READY"))
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *storeService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	problem.Nosniff(w.Header())
	problem.Route(s.mux, w, r)
}

// Ready implements [Service].
func (s *storeService) Ready() bool { return !s.work.draining() }

// Drain implements [Service]. Calls that wait for arrivals end at once.
func (s *storeService) Drain(ctx context.Context) error {
	s.handler.Close()
	return s.work.drain(ctx)
}

// MaxResponseTime implements [Service].
func (s *storeService) MaxResponseTime() time.Duration { return remote.DefaultHold }

// Close implements [Service].
func (s *storeService) Close() { s.handler.Close() }
