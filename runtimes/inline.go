// Package runtimes puts chains and adapter together, in one of the shapes that
// a deployment can have. Its folders hold the places where functions run.
package runtimes

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/adapter"
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
	for _, c := range chains {
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
