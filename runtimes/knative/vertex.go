package knative

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/problem"
	"github.com/homing-dev/homing/adapter/reply/remote"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/runtimes/vertex"
)

// Vertex serves the steps of a process: an event comes by POST /, its routing
// slip says which step is next, and all steps that this process has from there
// on are run.
type Vertex struct {
	mux     *http.ServeMux
	parts   map[string]part // by the slip's entry, "chain.step"
	broker  *carrier.Broker
	replier *remote.Replier
	client  *carrier.Client
	work    *work
	longest time.Duration
	log     *slog.Logger
}

// part is a step that this process has, as the first of a run of steps.
type part struct {
	chain  functions.Chain
	vertex *vertex.Vertex
	first  int // number of the step in the chain
	end    int // number behind the last of the steps that this process has in a row
}

// run is the part of a chain that one event asks for.
type run struct {
	part

	rest carrier.Slip // what is to run elsewhere then
}

func newVertex(cfg Config, chains []functions.Chain, o Options) (*Vertex, error) {
	reg := prometheus.NewRegistry()
	v := &Vertex{
		mux: http.NewServeMux(), parts: map[string]part{}, client: carrier.NewClient(carrier.Options{}),
		work: newWork(), log: o.Logger,
	}
	for _, c := range chains {
		if err := v.addChain(cfg, c, o.Elsewhere, reg); err != nil {
			return nil, err
		}
	}
	for _, want := range cfg.Steps {
		if !slices.ContainsFunc(chains, func(c functions.Chain) bool { return has(c, want) }) {
			return nil, fmt.Errorf("HOMING_STEPS: no chain has a step %q", want)
		}
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

// addChain prepares the steps of c that this process has. There is one vertex
// for all of them, so that each has one limit and one circuit breaker.
func (v *Vertex) addChain(cfg Config, c functions.Chain, e runtimes.Elsewhere, reg prometheus.Registerer) error {
	c = runtimes.Remote(v.client, c.WithDefaults(), e)
	vx, err := vertex.New(c, vertex.WithMetrics(reg))
	if err != nil {
		return fmt.Errorf("make the vertex of chain %s: %w", c.Name, err)
	}
	for first, s := range c.Steps {
		end := first
		for end < len(c.Steps) && cfg.runs(c.Name, c.Steps[end].Name) {
			end++
		}
		if end > first {
			v.parts[c.Name+"."+s.Name] = part{chain: c, vertex: vx, first: first, end: end}
			v.longest = max(v.longest, c.Timeout, c.AsyncTimeout)
		}
	}
	return nil
}

// run finds the steps that a slip asks this process for: from its first entry
// on, as long as they follow each other in the chain and are all here.
func (v *Vertex) run(slip carrier.Slip) (run, error) {
	chain, step, ok := slip.Next()
	if !ok {
		return run{}, functions.Errorf(http.StatusBadRequest,
			"attribute %s does not say which step is next, as chain.step and a comma", functions.AttrRoutingSlip)
	}
	p, ok := v.parts[chain+"."+step]
	if !ok {
		return run{}, functions.Errorf(http.StatusNotFound,
			"attribute %s: this vertex does not run step %s of chain %s", functions.AttrRoutingSlip, step, chain)
	}
	for n := p.first; n < p.end; n++ {
		if c, s, ok := slip.Next(); !ok || c != chain || s != p.chain.Steps[n].Name {
			p.end = n
			break
		}
		slip = slip.Skip(1)
	}
	if slip == "" {
		return run{part: p}, nil
	}
	chain, step, ok = slip.Next()
	switch {
	case !ok:
		return run{}, functions.Errorf(http.StatusBadRequest, "attribute %s is malformed", functions.AttrRoutingSlip)
	case v.broker == nil: // who asks would take the result of some steps for that of all
		return run{}, functions.Errorf(http.StatusNotFound,
			"attribute %s: this vertex does not run step %s of chain %s, and cannot hand on", functions.AttrRoutingSlip, step, chain)
	}
	return run{part: p, rest: slip}, nil
}

// firstStep is the name of the first step of the run.
func (rn run) firstStep() string { return rn.chain.Steps[rn.first].Name }

// runs says whether this process runs a step.
func (c Config) runs(chain, step string) bool {
	return len(c.Steps) == 0 || slices.ContainsFunc(c.Steps, func(want string) bool { return means(want, chain, step) })
}

// has says whether an entry of HOMING_STEPS means any step of c.
func has(c functions.Chain, want string) bool {
	return slices.ContainsFunc(c.Steps, func(s functions.Step) bool { return means(want, c.Name, s.Name) })
}

// means says whether an entry of HOMING_STEPS means a step.
func means(want, chain, step string) bool {
	return want == "*" || want == chain+".*" || want == chain+"."+step
}

// ServeHTTP implements http.Handler.
func (v *Vertex) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	adapter.Route(v.mux, w, r)
}

// Ready says whether the vertex takes events.
func (v *Vertex) Ready() bool { return !v.work.draining() }

// Drain takes no more events and waits for those that it works on.
func (v *Vertex) Drain(ctx context.Context) error { return v.work.drain(ctx) }

// LongestHold is for how long an event is worked on at most.
func (v *Vertex) LongestHold() time.Duration { return v.longest }

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
