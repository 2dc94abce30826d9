// Package runtimes puts chains and adapter together, in one of the shapes that
// a deployment can have. Its folders hold the places where functions run.
package runtimes

import (
	"fmt"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/vertex"
)

// Inline makes the adapter of the inline shape: it and all steps of every
// chain run in this process.
func Inline(chains []functions.Chain, cfg adapter.Config) (*adapter.Adapter, error) {
	if cfg.Metrics == nil {
		cfg.Metrics = prometheus.NewRegistry()
	}
	served := make([]adapter.Served, 0, len(chains))
	client := carrier.NewClient(carrier.Options{})
	for _, c := range chains {
		c = Remote(client, c)
		v, err := vertex.New(c, vertex.WithMetrics(cfg.Metrics))
		if err != nil {
			return nil, err
		}
		served = append(served, adapter.Served{Chain: c, Carrier: v})
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

// Remote is c with a function for every step that runs at a URL.
func Remote(client *carrier.Client, c functions.Chain) functions.Chain {
	steps := slices.Clone(c.Steps)
	for i, s := range steps {
		if s.Function != nil || s.URL == "" {
			continue
		}
		steps[i].Function = client.Step(s.URL, carrier.NewSlip(c.Name, s), carrier.ReplyTo{})
		if s.Policy.Retry.Attempts == 0 {
			steps[i].Policy.Retry.Attempts = remoteAttempts
		}
	}
	c.Steps = steps
	return c
}
