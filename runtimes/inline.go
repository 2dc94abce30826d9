// Package runtimes puts chains and adapter together, in one of the shapes that
// a deployment can have. Its folders hold the places where functions run.
package runtimes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/vertex"
)

// Option changes what [Inline] makes.
type Option func(*options)

type options struct {
	elsewhere RemoteSteps
	detached  func(functions.Chain) (adapter.Carrier, error)
}

// RemoteSteps makes the functions of steps that do not run in this process, by
// the scheme of their URL. Those of http and https are there without it.
type RemoteSteps map[string]func(url string, slip carrier.Slip) functions.Function

// WithRemoteSteps adds steps that run elsewhere.
func WithRemoteSteps(e RemoteSteps) Option { return func(o *options) { o.elsewhere = e } }

// WithAsyncCarrier carries the calls that outlive their connection by a carrier of
// their own; see [adapter.Served].
func WithAsyncCarrier(carrierOf func(functions.Chain) (adapter.Carrier, error)) Option {
	return func(o *options) { o.detached = carrierOf }
}

// Inline makes the adapter of the inline shape: it and all steps of every
// chain run in this process.
func Inline(chains []functions.Chain, cfg adapter.Config, opts ...Option) (*adapter.Adapter, error) {
	var o options
	for _, set := range opts {
		set(&o)
	}
	if cfg.Metrics == nil {
		cfg.Metrics = prometheus.NewRegistry()
	}
	served := make([]adapter.Served, 0, len(chains))
	client := carrier.NewClient(carrier.Options{})
	for _, c := range chains {
		c = BindRemoteSteps(client, c.WithDefaults(), o.elsewhere)
		v, err := vertex.New(c, vertex.WithMetrics(cfg.Metrics))
		if err != nil {
			return nil, err
		}
		s := adapter.Served{Chain: c, Carrier: v}
		if o.detached != nil {
			if s.Async, err = o.detached(c); err != nil {
				return nil, err
			}
		}
		served = append(served, s)
	}
	a, err := adapter.New(cfg, served...)
	if err != nil {
		return nil, fmt.Errorf("make the adapter: %w", err)
	}
	return a, nil
}

// remoteAttempts is how often a step at a URL is tried whose chain.yaml does
// not say.
const remoteAttempts = 3

// BindRemoteSteps is c with a function for every step that runs at a URL. A step with a
// scheme that neither client nor elsewhere knows stays without one.
func BindRemoteSteps(client *carrier.Client, c functions.Chain, elsewhere RemoteSteps) functions.Chain {
	steps := slices.Clone(c.Steps)
	for i, s := range steps {
		if s.Function != nil || s.URL == "" {
			continue
		}
		slip := carrier.NewSlip(c.Name, s)
		scheme, _, _ := strings.Cut(s.URL, ":")
		if step, known := elsewhere[scheme]; known {
			steps[i].Function = step(s.URL, slip)
		} else if scheme == "http" || scheme == "https" {
			steps[i].Function = client.Step(s.URL, slip, carrier.ReplyTo{})
		}
		if s.Policy.Retry.Attempts == 0 {
			steps[i].Policy.Retry.Attempts = remoteAttempts
		}
	}
	c.Steps = steps
	return c
}
