package adapter

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/basepath"
	"github.com/homing-dev/homing/internal/httpbody"
	"github.com/homing-dev/homing/internal/pathmux"
	"github.com/homing-dev/homing/internal/poller"
	"github.com/homing-dev/homing/internal/tracing"
)

// Adapter serves chains over HTTP. It is safe for concurrent use.
type Adapter struct {
	cfg        Config
	store      *boundedStore
	mux        *pathmux.Mux
	routes     []*route
	byType     map[string]*route // by the CloudEvents type of the chain
	guard      guard
	quotas     tenantQuotas   // nil for none
	shared     *quotaSync     // of quotas; nil if they are not shared
	backlog    *promisedCalls // as far as a quota counts it
	pages      pages          // that may call what is no chain
	proxies    basepath.Proxies
	calls      *calls
	bodies     *httpbody.Budget
	replies    gate // those that other processes send
	deliveries gate // of replies to callbacks
	fetches    gate // who asks for the reply of a request, or cancels one
	waiters    waiters
	others     mailboxes
	watchers   gate
	metrics    *metrics
	tracer     *tracing.Tracer
	openapi    []byte
	draining   chan struct{} // closed when Drain begins
	aborted    chan struct{} // closed when Drain's time is over
	closed     chan struct{} // closed by Close

	drain, abort, shut sync.Once

	poller *poller.Poller // of a store that does not notify; else nil
	stop   func()         // ends the subscription to the store, or the poller
}

// New returns an adapter that serves the given chains.
func New(cfg Config, served ...Served) (_ *Adapter, err error) {
	if cfg.Store == nil {
		return nil, errors.New("the adapter needs a reply store")
	}
	cfg = cfg.withDefaults()
	aborted := make(chan struct{})
	if _, err := basepath.Parse(cfg.BasePath); err != nil {
		return nil, fmt.Errorf("the base path %.100q: %w", cfg.BasePath, err)
	}
	guard, err := newGuard(cfg.Tokens)
	if err != nil {
		return nil, err
	}
	shared := newQuotaSync(&cfg)
	if cfg.FreezesAfterResponse {
		cfg.Quotas = withoutNumbers(cfg.Quotas, cfg.Logger)
	}
	if err := limitBytes(cfg.Store, cfg.Quotas); err != nil {
		return nil, err
	}
	quotas, err := newTenantQuotas(cfg.Quotas, shared)
	if err != nil {
		return nil, err
	}
	waiting := &promisedCalls{calls: map[reply.ID]backlogged{}}
	tracer := tracing.New(cfg.Traces)
	a := &Adapter{
		cfg: cfg, store: &boundedStore{store: tracer.Store(cfg.Store), metrics: newStoreMetrics(), aborted: aborted},
		mux: pathmux.New(), guard: guard, quotas: quotas, shared: shared, backlog: waiting, proxies: cfg.TrustedProxies, tracer: tracer,
		byType:     map[string]*route{},
		calls:      newCalls(cfg.MaxInFlight),
		bodies:     httpbody.NewBudget(cfg.BodyBudget),
		replies:    newGate(cfg.MaxInFlight),
		fetches:    newGate(math.MaxInt),
		deliveries: newGate(cfg.MaxInFlight),
		waiters:    waiters{backlog: waiting, byID: map[reply.ID][]*waiter{}},
		others:     mailboxes{byBox: map[reply.Mailbox]*subscription{}},
		watchers:   newGate(cfg.MaxInFlight),
		draining:   make(chan struct{}),
		aborted:    aborted,
		closed:     make(chan struct{}),
		stop:       func() {},
	}
	if cfg.Adaptive {
		a.calls.admission = newAdmission(cfg.MaxInFlight, aborted)
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
	if err := a.handle(); err != nil {
		return nil, err
	}
	for _, s := range served {
		if err := a.addRoute(s); err != nil {
			return nil, err
		}
	}
	if a.openapi, err = openAPI(a.routes, a.secured(), cfg.Callbacks != nil); err != nil {
		return nil, err
	}
	return a, nil
}

// subscribe has the store notify the adapter of the replies that come to its
// mailbox, or has it polled.
func (a *Adapter) subscribe() error {
	switch s := a.cfg.Store.(type) {
	case reply.Notifier:
		a.stop = s.Notify(a.cfg.Mailbox, a.arrived)
	case reply.Scanner:
		a.poller = poller.New(s, a.cfg.Mailbox, a.found, poller.Options{Price: a.cfg.Price, Logger: a.cfg.Logger, Tracer: a.tracer})
		a.stop = a.poller.Close
	default:
		return errors.New("the reply store can neither notify the adapter of replies nor be polled: it is no reply.Notifier and no reply.Scanner")
	}
	return nil
}

// handle registers everything but the chains' routes.
func (a *Adapter) handle() error {
	errs := []error{
		a.handleFor(&a.pages, http.MethodPost, "/events", a.authorised(a.handleEvents)),
		a.handleFor(&a.pages, http.MethodOptions, "/events", a.handleHandshake),
		a.mux.Handle(http.MethodGet, "/requests/{id}", a.linked(a.fetching(a.handleFetch))),
		a.handleFor(&a.pages, http.MethodDelete, "/requests/{id}", a.authorised(a.fetching(a.handleCancel))),
		a.handleFor(&a.pages, http.MethodGet, "/openapi.json", a.authorised(a.handleOpenAPI)),
		a.handleFor(&pages{}, http.MethodGet, "/metrics", a.authorised(a.handleMetrics)),
		a.handleFor(&pages{}, http.MethodGet, "/health/liveness", a.handleLiveness),
		a.handleFor(&pages{}, http.MethodGet, "/health/readiness", a.handleReadiness),
	}
	if a.cfg.Console != nil {
		errs = append(errs,
			a.handleFor(&pages{}, http.MethodGet, strings.TrimSuffix(consolePath, "/"), a.handleConsoleRoot),
			a.handleFor(&pages{}, http.MethodGet, consolePath, a.handleConsole),
			a.handleFor(&pages{}, http.MethodPost, consolePath, a.handleConsole))
	}
	if a.cfg.ReplyKeys.Any() {
		errs = append(errs, a.handleFor(&pages{}, http.MethodPut, "/requests/{id}/reply", a.handleReply)) // its token is in the event
	}
	return errors.Join(errs...)
}

// handleFor registers a route, and which pages may call it.
func (a *Adapter) handleFor(p *pages, method, path string, h http.HandlerFunc) error {
	return a.mux.Handle(method, path, a.guarded(method, p, h))
}

func (a *Adapter) serve(w http.ResponseWriter, r *http.Request) {
	r = basepath.Strip(a.proxies.Resolve(r), a.cfg.BasePath)
	if a.tracer != nil {
		var end func()
		w, r, end = a.trace(w, r)
		defer end()
	}
	handle, found := a.handlerOf(r)
	if found && r.URL.RawQuery != "" {
		if err := checkQuery(r.URL.RawQuery); err != nil {
			a.fail(w, &exchange{}, err)
			return
		}
	}
	handle(w, r)
}

// Close ends the adapter's subscription to its store, or its poller, the deliveries of
// replies, and that it shares quotas. It does not wait for calls; see Drain.
func (a *Adapter) Close() {
	a.shut.Do(func() { close(a.closed) })
	a.stop()
	a.shared.close()
}
