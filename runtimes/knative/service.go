package knative

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/callback"
	"github.com/homing-dev/homing/internal/claimcheck"
	"github.com/homing-dev/homing/internal/console"
	"github.com/homing-dev/homing/internal/deadletter"
	"github.com/homing-dev/homing/internal/letterbox"
	"github.com/homing-dev/homing/internal/observe"
	"github.com/homing-dev/homing/runtimes/internal/inline"
)

// Service is what a process serves, whatever its role.
type Service interface {
	http.Handler

	// Ready reports whether it takes calls.
	Ready() bool
	// Drain takes no more calls and waits for those that run.
	Drain(ctx context.Context) error
	// MaxResponseTime is for how long a connection may be held.
	MaxResponseTime() time.Duration
	// Close closes the connections.
	Close()
}

// Options of [New]. Zero values mean defaults.
type Options struct {
	// RemoteSteps reach the steps whose URL is not of http or https.
	RemoteSteps inline.RemoteSteps
	// Store keeps the replies of this process and of others, and is left open;
	// nil means the memory of this process. A vertex with a Store and the carrier
	// broker completes requests in it and sends no replies. The role "failure" keeps
	// its letters in it, if it is a letterbox.Keeper.
	Store reply.Store
	// Bodies keep what is too large for the broker, and are left open; nil means that
	// nothing can be kept or fetched.
	Bodies reply.Bodies
	// Traces records what becomes of each call; nil means nothing does.
	Traces trace.TracerProvider
	// Console records the calls and is shown at /_homing/; nil means that there is
	// none.
	Console *console.Recorder
	// Logger gets the failures; nil means slog.Default().
	Logger *slog.Logger
}

// New creates the service of a process for the given chains.
func New(cfg Config, chains []functions.Chain, o Options) (Service, error) {
	o.Logger = cmp.Or(o.Logger, slog.Default())
	if cfg.Metrics == nil {
		cfg.Metrics = observe.NewRegistry()
	}
	registerTraces(cfg.Metrics, o.Traces)
	switch {
	case cfg.AwaitsBroker:
		return newUnbound(o.Logger), nil
	case cfg.Role == RoleVertex:
		return newVertex(cfg, chains, o)
	case cfg.Role == RoleFailure:
		return newFailure(cfg, chains, o)
	}
	callbacks, err := cfg.Callbacks.Sender(o.Traces, cfg.Metrics, o.Logger)
	if err != nil {
		return nil, err //nolint:wrapcheck // names what is invalid
	}
	ac := cfg.Config
	ac.Store, ac.SharedStore, ac.Logger, ac.Traces = o.Store, o.Store != nil, o.Logger, o.Traces
	if o.Store == nil {
		ac.Store = memory.New(cfg.Memory)
	}
	if cfg.ReplyURL == "" && (o.Store == nil || cfg.Carrier != CarrierBroker) {
		ac.ReplyKeys = reply.Keys{} // no reply comes from elsewhere
	}
	if o.Console != nil {
		ac.Observer, ac.Console = o.Console, o.Console.Handler()
	}
	if callbacks != nil {
		ac.Callbacks = outboxOf(cfg, callbacks, o)
	}
	client := carrier.NewClient(carrier.Options{Traces: o.Traces})
	a, err := newAdapter(cfg, client, chains, ac, o)
	if err != nil {
		return nil, err
	}
	return adapterService{a, client, callbacks, o.Console}, nil
}

// outboxOf delivers the replies of an adapter.
func outboxOf(cfg Config, callbacks *callback.Sender, o Options) deadletter.Outbox {
	out := deadletter.Outbox{Allowed: cfg.Callbacks.Allowed, Sender: callbacks, Log: o.Logger}
	if keeper, ok := o.Store.(letterbox.Keeper); ok {
		out.Box = keeper.Letters(cfg.Letters.Half()) // a target that refuses all must not use up the box
	} else {
		o.Logger.Warn("replies that cannot be delivered to their callbacks are only logged: set HOMING_STORE or HOMING_TABLE to keep them")
	}
	return out
}

// registerTraces registers what a provider of traces counts.
func registerTraces(reg prometheus.Registerer, traces trace.TracerProvider) {
	if c, ok := traces.(prometheus.Collector); ok {
		reg.MustRegister(c)
	}
}

// adapterService is an adapter with the connections that its carriers use.
type adapterService struct {
	*adapter.Adapter

	client    *carrier.Client
	callbacks *callback.Sender  // nil for none
	console   *console.Recorder // nil for none
}

// Drain implements [Service].
func (s adapterService) Drain(ctx context.Context) error {
	if s.console != nil {
		s.console.Close() // who watches is no call
	}
	return s.Adapter.Drain(ctx) //nolint:wrapcheck // as it is
}

// Close implements [Service].
func (s adapterService) Close() {
	s.Adapter.Close()
	s.client.Close()
	s.callbacks.Close()
}

// newAdapter creates the adapter, whose steps run in this process or in others.
func newAdapter(
	cfg Config, client *carrier.Client, chains []functions.Chain, ac adapter.Config, o Options,
) (*adapter.Adapter, error) {
	check := checkOf(cfg, o)
	if cfg.Carrier == CarrierBroker && cfg.Role == RoleAdapter {
		if err := check.Count(cfg.Metrics); err != nil {
			return nil, err //nolint:wrapcheck // names the metric
		}
	}
	to := carrier.ReplyTo{URL: cfg.ReplyURL, Keys: cfg.ReplyKeys, Retention: cmp.Or(cfg.Retention, adapter.DefaultRetention)}
	switch {
	case cfg.Role == RoleAll:
		return inline.New(chains, ac, o.RemoteSteps) //nolint:wrapcheck // names what is invalid
	case cfg.Carrier == CarrierHTTP && strings.Contains(cfg.VertexURL, "{step}"):
		return inline.New(split(client, cfg.VertexURL, chains, to), ac, nil) //nolint:wrapcheck // the same
	}
	served := make([]adapter.Served, 0, len(chains))
	for _, c := range chains {
		s := adapter.Served{Chain: c}
		if cfg.Carrier == CarrierBroker {
			s.Carrier = carrier.NewAsyncCarrier(brokerOf(cfg, client, check), c, to)
		} else {
			s.Carrier = carrier.NewSyncCarrier(client, stepURL(cfg.VertexURL, c.Name, ""), c, to)
		}
		if o.Console != nil {
			s.Carrier = o.Console.Carrier(c.WithDefaults(), s.Carrier)
		}
		served = append(served, s)
	}
	a, err := adapter.New(ac, served...)
	if err != nil {
		return nil, fmt.Errorf("make the adapter: %w", err)
	}
	return a, nil
}

// checkOf keeps the bodies of events that are too large for the broker.
func checkOf(cfg Config, o Options) *claimcheck.Check {
	return &claimcheck.Check{Bodies: o.Bodies, Retention: cmp.Or(cfg.Retention, adapter.DefaultRetention), Log: o.Logger}
}

func brokerOf(cfg Config, client *carrier.Client, check *claimcheck.Check) carrier.Broker {
	return carrier.Broker{Client: client, URL: cfg.BrokerURL, MaxEvent: cfg.MaxEvent, Large: check.Large()}
}

// hopAttempts is how often a hop is tried. A vertex of ours that answers a
// problem is not asked again: its own policies have done that.
const hopAttempts = 10

// split returns the chains with every step as a hop to its own vertex.
func split(client *carrier.Client, template string, chains []functions.Chain, to carrier.ReplyTo) []functions.Chain {
	out := make([]functions.Chain, 0, len(chains))
	for _, c := range chains {
		steps := make([]functions.Step, 0, len(c.Steps))
		for i, s := range c.Steps {
			hop := to
			if i < len(c.Steps)-1 {
				hop.URL = "" // it must answer
			}
			to := stepURL(template, c.Name, s.Name)
			steps = append(steps, functions.Step{
				Name: s.Name, Uses: s.Uses, URL: to,
				Function: client.Step(to, carrier.NewSlip(c.Name, s), hop),
				Policy:   functions.Policy{Retry: functions.Retry{Attempts: hopAttempts}},
			})
		}
		c.Steps = steps
		out = append(out, c)
	}
	return out
}

func stepURL(template, chain, step string) string {
	return strings.NewReplacer("{chain}", chain, "{step}", step).Replace(template)
}
