package knative

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
)

// Service is what a process serves, whatever its role.
type Service interface {
	http.Handler

	// Ready says whether it takes calls.
	Ready() bool
	// Drain takes no more calls and waits for those that run.
	Drain(ctx context.Context) error
	// MaxResponseTime is for how long a connection may be held.
	MaxResponseTime() time.Duration
	// Close gives back what it holds.
	Close()
}

// Options of [New]. Zero values mean defaults.
type Options struct {
	// MaxWait is how long the platform lets a connection be held; 0 means no
	// limit.
	MaxWait time.Duration
	// RemoteSteps reach the steps whose URL is not of http or https.
	RemoteSteps runtimes.RemoteSteps
	// Logger gets the failures; nil means slog.Default().
	Logger *slog.Logger
}

// New makes the service of a process for the given chains.
func New(cfg Config, chains []functions.Chain, o Options) (Service, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if cfg.Role == RoleStore {
		s, err := newStore(cfg)
		if err != nil {
			return nil, err
		}
		return s, nil
	}
	if cfg.Role == RoleVertex {
		v, err := newVertex(cfg, chains, o)
		if err != nil {
			return nil, err // not v, which would be no nil as a Service
		}
		return v, nil
	}
	store, closeStore, err := cfg.store()
	if err != nil {
		return nil, err
	}
	ac := adapter.Config{
		Store: store, SharedStore: cfg.StoreURL != "", Tokens: cfg.Tokens, MaxWait: o.MaxWait,
		Logger: o.Logger, Metrics: prometheus.NewRegistry(),
	}
	if cfg.ReplyURL != "" {
		ac.ReplyKeys = cfg.ReplyKeys
	}
	client := carrier.NewClient(carrier.Options{})
	a, err := newAdapter(cfg, client, chains, ac, o.RemoteSteps)
	if err != nil {
		closeStore()
		return nil, err
	}
	return calling{a, client, closeStore}, nil
}

func newAdapter(
	cfg Config, client *carrier.Client, chains []functions.Chain, ac adapter.Config, e runtimes.RemoteSteps,
) (*adapter.Adapter, error) {
	if cfg.Role == RoleAll {
		return runtimes.Inline(chains, ac, runtimes.WithRemoteSteps(e)) //nolint:wrapcheck // says what is wrong
	}
	return remoteAdapter(cfg, client, chains, ac)
}

// calling is an adapter with the connections that its carriers and its store
// use.
type calling struct {
	*adapter.Adapter

	client     *carrier.Client
	closeStore func()
}

// Close implements [Service].
func (c calling) Close() {
	c.Adapter.Close()
	c.client.Close()
	c.closeStore()
}

// remoteAdapter makes an adapter whose steps run in other processes.
func remoteAdapter(cfg Config, client *carrier.Client, chains []functions.Chain, ac adapter.Config) (*adapter.Adapter, error) {
	to := carrier.ReplyTo{URL: cfg.ReplyURL, Keys: cfg.ReplyKeys, Retention: adapter.DefaultRetention}
	if cfg.Carrier == CarrierHTTP && strings.Contains(cfg.VertexURL, "{step}") {
		return runtimes.Inline(split(client, cfg.VertexURL, chains, to), ac)
	}
	served := make([]adapter.Served, 0, len(chains))
	for _, c := range chains {
		s := adapter.Served{Chain: c}
		if cfg.Carrier == CarrierBroker {
			s.Carrier = carrier.NewAsyncCarrier(carrier.Broker{Client: client, URL: cfg.BrokerURL}, c, to)
		} else {
			s.Carrier = carrier.NewSyncCarrier(client, stepURL(cfg.VertexURL, c.Name, ""), c, to)
		}
		served = append(served, s)
	}
	a, err := adapter.New(ac, served...)
	if err != nil {
		return nil, fmt.Errorf("make the adapter: %w", err)
	}
	return a, nil
}

// hopAttempts is how often a hop is tried. A vertex of ours that answers a
// problem is not asked again: its own policies have done that.
const hopAttempts = 10

// split gives the chains with every step as a hop to its own vertex.
func split(client *carrier.Client, template string, chains []functions.Chain, to carrier.ReplyTo) []functions.Chain {
	out := make([]functions.Chain, 0, len(chains))
	for _, c := range chains {
		steps := make([]functions.Step, 0, len(c.Steps))
		for i, s := range c.Steps {
			hop := carrier.ReplyTo{}
			if i == len(c.Steps)-1 {
				hop = to
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
