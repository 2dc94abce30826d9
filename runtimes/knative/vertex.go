package knative

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/remote"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/callback"
	"github.com/homing-dev/homing/internal/httpbody"
	"github.com/homing-dev/homing/internal/observe"
	"github.com/homing-dev/homing/internal/pathmux"
	"github.com/homing-dev/homing/internal/problem"
	"github.com/homing-dev/homing/internal/tracing"
	"github.com/homing-dev/homing/runtimes/internal/inline"
	"github.com/homing-dev/homing/runtimes/internal/worker"
	"github.com/homing-dev/homing/runtimes/vertex"
)

// vertexService serves the steps of a process: an event comes by POST /, its routing
// slip names the step that is next, and all steps that this process has from
// there on are run.
type vertexService struct {
	mux       *pathmux.Mux
	worker    worker.Worker
	replier   *remote.Replier // nil with the carrier http
	client    *carrier.Client
	callbacks *callback.Sender // nil for none
	keys      reply.Keys       // of the adapters whose events are taken; none means all
	bodies    *httpbody.Budget
	work      work
	refused   *prometheus.CounterVec // events, by the status of the answer
	log       *slog.Logger
}

// margin is a little more than what an adapter leaves before a deadline, so that it
// is the vertex that reports which step has used up the time.
const margin = 250 * time.Millisecond

func newVertex(cfg Config, chains []functions.Chain, o Options) (Service, error) {
	v := &vertexService{
		mux: pathmux.New(), client: carrier.NewClient(carrier.Options{Traces: o.Traces}), keys: cfg.ReplyKeys,
		bodies: httpbody.NewBudget(cfg.BodyBudget), log: o.Logger,
	}
	segments, err := worker.NewSegments(inline.BindRemoteSteps(v.client, chains, o.RemoteSteps), cfg.Steps, cfg.Metrics,
		vertex.WithLogger(o.Logger), vertex.WithTraces(o.Traces))
	if err != nil {
		return nil, err //nolint:wrapcheck // names what is invalid
	}
	// A broker may deliver an event to more vertices than the one that has its
	// step, so one that has not must not complete the request.
	v.worker = worker.Worker{Segments: segments, RefusesUnknown: true, Margin: margin, Bodies: checkOf(cfg, o), Log: o.Logger}
	v.worker.Bodies.Budget = v.bodies
	v.worker.Tracer = tracing.New(o.Traces)
	if cfg.Carrier == CarrierBroker {
		v.worker.Forwarder = broker{brokerOf(cfg, v.client, v.worker.Bodies)}
	}
	switch {
	case cfg.Carrier != CarrierBroker:
	case o.Store != nil:
		if v.callbacks, err = cfg.Callbacks.Sender(o.Traces, cfg.Metrics, o.Logger); err != nil {
			return nil, err //nolint:wrapcheck // names what is invalid
		}
		v.worker.Completer = worker.InStore{
			Store: v.worker.Tracer.Store(o.Store), Retention: cmp.Or(cfg.Retention, adapter.DefaultRetention), Callbacks: v.callbacks,
		}
	default:
		if v.replier, err = remote.NewReplier(remote.ReplierOptions{Allow: cfg.ReplyAllow, Traces: o.Traces}); err != nil {
			return nil, fmt.Errorf("HOMING_REPLY_ALLOW: %w", err)
		}
		v.worker.Completer = home{v.replier}
	}
	v.refused = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "homing_event_refusals_total", Help: "Events that were handed back to who brought them, by the status of the answer.",
	}, []string{"code"})
	return v, errors.Join(
		v.worker.Bodies.Count(cfg.Metrics),
		cfg.Metrics.Register(v.bodies),
		cfg.Metrics.Register(v.refused),
		cfg.Metrics.Register(v.work.collector()),
		v.mux.Handle(http.MethodPost, "/{$}", v.handleEvent),
		v.mux.Handle(http.MethodGet, "/health/liveness", health(func() bool { return true }, "ALIVE")),
		v.mux.Handle(http.MethodGet, "/health/readiness", health(v.Ready, "READY")),
		v.mux.Handle(http.MethodGet, "/metrics", observe.Handler(cfg.Metrics).ServeHTTP),
	)
}

// ServeHTTP implements http.Handler.
func (v *vertexService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	problem.Nosniff(w.Header())
	v.mux.ServeHTTP(w, r)
}

// Ready implements [Service].
func (v *vertexService) Ready() bool { return !v.work.draining() }

// Drain implements [Service]. It waits for the functions that run behind the
// deadline of their event, too.
func (v *vertexService) Drain(ctx context.Context) error { return v.work.drain(ctx) }

// MaxResponseTime implements [Service].
func (v *vertexService) MaxResponseTime() time.Duration { return v.worker.Segments.Longest() }

// Close implements [Service].
func (v *vertexService) Close() {
	v.client.Close()
	v.callbacks.Close()
	if v.replier != nil {
		v.replier.Close()
	}
}

func health(ok func() bool, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if !ok() {
			problem.Write(w, drainingProblem())
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(text + "\n")) // a client that is gone needs no answer
	}
}

func drainingProblem() *functions.Error {
	p := functions.Errorf(http.StatusServiceUnavailable, "the vertex is shutting down; send the event again")
	p.RetryAfter = time.Second
	return p
}
