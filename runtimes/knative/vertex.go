package knative

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply/remote"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/runtimes/internal/worker"
	"github.com/homing-dev/homing/runtimes/vertex"
)

// Vertex serves the steps of a process: an event comes by POST /, its routing
// slip says which step is next, and all steps that this process has from there
// on are run.
type Vertex struct {
	mux     *http.ServeMux
	legs    worker.Segments
	broker  *carrier.Broker
	replier *remote.Replier
	client  *carrier.Client
	work    *work
	longest time.Duration
	log     *slog.Logger
}

func newVertex(cfg Config, chains []functions.Chain, o Options) (*Vertex, error) {
	reg := prometheus.NewRegistry()
	v := &Vertex{
		mux: http.NewServeMux(), client: carrier.NewClient(carrier.Options{}),
		work: newWork(), log: o.Logger,
	}
	for _, c := range chains {
		if err := v.addChain(cfg, c, o.Elsewhere, reg); err != nil {
			return nil, err
		}
	}
	if err := cfg.Steps.Check(chains); err != nil {
		return nil, fmt.Errorf("HOMING_STEPS: %w", err)
	}
	if cfg.Carrier == CarrierBroker {
		replier, err := remote.NewReplier(remote.ReplierOptions{Allow: cfg.ReplyAllow})
		if err != nil {
			return nil, fmt.Errorf("HOMING_REPLY_ALLOW: %w", err)
		}
		v.replier = replier
		v.broker = &carrier.Broker{Client: v.client, URL: cfg.BrokerURL}
	}
	v.mux.HandleFunc("POST /{$}", v.handleEvent)
	v.mux.HandleFunc("GET /health/liveness", health(func() bool { return true }, "ALIVE"))
	v.mux.HandleFunc("GET /health/readiness", health(v.Ready, "READY"))
	v.mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	return v, nil
}

// addChain prepares the steps of c that this process has.
func (v *Vertex) addChain(cfg Config, c functions.Chain, e runtimes.RemoteSteps, reg prometheus.Registerer) error {
	c = runtimes.BindRemoteSteps(v.client, c.WithDefaults(), e)
	vx, err := vertex.New(c, vertex.WithMetrics(reg))
	if err != nil {
		return fmt.Errorf("make the vertex of chain %s: %w", c.Name, err)
	}
	if v.legs.Add(c, vx, cfg.Steps) {
		v.longest = max(v.longest, c.Timeout, c.AsyncTimeout)
	}
	return nil
}

// handsOn says whether an event may be handed on to a step.
func (v *Vertex) handsOn(string, string) bool { return v.broker != nil }

// ServeHTTP implements http.Handler.
func (v *Vertex) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	problem.Route(v.mux, w, r)
}

// Ready says whether the vertex takes events.
func (v *Vertex) Ready() bool { return !v.work.draining() }

// Drain takes no more events and waits for those that it works on.
func (v *Vertex) Drain(ctx context.Context) error { return v.work.drain(ctx) }

// MaxResponseTime is for how long an event is worked on at most.
func (v *Vertex) MaxResponseTime() time.Duration { return v.longest }

// Close closes the connections that are not in use.
func (v *Vertex) Close() {
	v.client.Close()
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
