package adapter

import (
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/httpbody"
	"github.com/homing-dev/homing/internal/poller"
	"github.com/homing-dev/homing/internal/problem"
)

// Adapter serves chains over HTTP. It is safe for concurrent use.
type Adapter struct {
	cfg      Config
	store    *boundedStore
	mux      *http.ServeMux
	direct   map[target]http.HandlerFunc // routes without wildcards, found without mux
	routes   []*route
	byType   map[string]*route // by the CloudEvents type of the chain
	guard    guard
	calls    *calls
	bodies   *httpbody.Budget
	replies  gate // those that other processes send
	waiters  waiters
	others   mailboxes
	watchers gate
	metrics  *metrics
	openapi  []byte
	draining chan struct{} // closed when Drain begins
	aborted  chan struct{} // closed when Drain's time is over

	drain, abort sync.Once

	poller *poller.Poller // of a store that does not notify; else nil
	stop   func()         // ends the subscription to the store, or the poller
}

// New returns an adapter that serves the given chains.
func New(cfg Config, served ...Served) (_ *Adapter, err error) {
	if cfg.Store == nil {
		return nil, errors.New("the adapter needs a reply store")
	}
	cfg = cfg.withDefaults()
	guard, err := newGuard(cfg.Tokens)
	if err != nil {
		return nil, err
	}
	a := &Adapter{
		cfg: cfg, store: &boundedStore{store: cfg.Store}, mux: http.NewServeMux(), direct: map[target]http.HandlerFunc{}, guard: guard,
		byType:   map[string]*route{},
		calls:    newCalls(cfg.MaxInFlight),
		bodies:   httpbody.NewBudget(cfg.BodyBudget),
		replies:  newGate(cfg.MaxInFlight),
		waiters:  waiters{byID: map[reply.ID][]*waiter{}},
		others:   mailboxes{byBox: map[reply.Mailbox]*subscription{}},
		watchers: newGate(cfg.MaxInFlight),
		draining: make(chan struct{}),
		aborted:  make(chan struct{}),
		stop:     func() {},
	}
	if s, bounded := cfg.Store.(reply.Sharing); bounded {
		s.Share(guard.tenants())
	}
	if err := a.subscribe(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			a.stop()
		}
	}()
	if a.metrics, err = newMetrics(cfg.Metrics, a); err != nil {
		return nil, fmt.Errorf("register the metrics of the adapter: %w", err)
	}
	for _, s := range served {
		if err := a.addRoute(s); err != nil {
			return nil, err
		}
	}
	if a.openapi, err = openAPI(a.routes, len(cfg.Tokens) > 0); err != nil {
		return nil, err
	}
	a.handle()
	return a, nil
}

// subscribe has the store notify the adapter of the replies that come to its
// mailbox, or has it polled.
func (a *Adapter) subscribe() error {
	switch s := a.cfg.Store.(type) {
	case reply.Notifier:
		a.stop = s.Notify(a.cfg.Mailbox, a.arrived)
	case reply.Scanner:
		a.poller = poller.New(s, a.cfg.Mailbox, a.found, poller.Options{Price: a.cfg.Price, Logger: a.cfg.Logger})
		a.stop = a.poller.Close
	default:
		return errors.New("the reply store can neither notify the adapter of replies nor be polled: it is no reply.Notifier and no reply.Scanner")
	}
	return nil
}

// handle registers everything but the chains' routes.
func (a *Adapter) handle() {
	a.mux.HandleFunc("POST /events", a.authorised(a.handleEvents))
	a.mux.HandleFunc("GET /requests/{id}", a.authorised(a.handleFetch))
	a.mux.HandleFunc("DELETE /requests/{id}", a.authorised(a.handleCancel))
	if a.cfg.ReplyKeys.Any() {
		a.mux.HandleFunc("PUT /requests/{id}/reply", a.handleReply) // its token is that of the event
	}
	a.mux.HandleFunc("GET /openapi.json", a.authorised(a.handleOpenAPI))
	a.mux.HandleFunc("GET /metrics", a.authorised(a.handleMetrics))
	a.mux.HandleFunc("GET /health/liveness", a.handleLiveness)
	a.mux.HandleFunc("GET /health/readiness", a.handleReadiness)
}

// ServeHTTP implements http.Handler.
func (a *Adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h := a.direct[target{r.Method, r.URL.Path}]; h != nil {
		h(w, r)
		return
	}
	problem.Route(a.mux, w, r)
}

// target is what a request asks for.
type target struct{ method, path string }

// Close ends the adapter's subscription to its store, or its poller. It does not wait for
// calls; see Drain.
func (a *Adapter) Close() { a.stop() }
