// Package inline is the shape in which adapter and steps share a process.
package inline

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

// RemoteSteps create the functions of steps that do not run in this process, by
// the scheme of their URL. Those of http and https are known without it.
type RemoteSteps map[string]func(url string, slip carrier.Slip) functions.Function

// New creates the adapter of the inline shape: it and all steps of every
// chain run in this process. The caller closes it.
func New(chains []functions.Chain, cfg adapter.Config, remote RemoteSteps) (*adapter.Adapter, error) {
	if cfg.Metrics == nil {
		cfg.Metrics = prometheus.NewRegistry()
	}
	served := make([]adapter.Served, 0, len(chains))
	for _, c := range BindRemoteSteps(carrier.NewClient(carrier.Options{}), chains, remote) {
		v, err := vertex.New(c, vertex.WithMetrics(cfg.Metrics), vertex.WithLogger(cfg.Logger))
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

// BindRemoteSteps returns the chains, with their defaults, with a function for
// every step that runs at a URL: one that sends its events there, without what
// routes them. A step with a
// scheme that neither client nor remote knows stays without one. The given chains
// are not changed.
func BindRemoteSteps(client *carrier.Client, chains []functions.Chain, remote RemoteSteps) []functions.Chain {
	out := make([]functions.Chain, 0, len(chains))
	for _, c := range chains {
		c = c.WithDefaults()
		c.Steps = slices.Clone(c.Steps)
		for i, s := range c.Steps {
			if s.Function == nil && s.URL != "" {
				c.Steps[i] = bind(client, s, remote)
			}
		}
		out = append(out, c)
	}
	return out
}

// foreign is the routing slip of a step of somebody else, who is not to see one.
const foreign carrier.Slip = ""

func bind(client *carrier.Client, s functions.Step, remote RemoteSteps) functions.Step {
	scheme, _, _ := strings.Cut(s.URL, ":")
	if step, known := remote[scheme]; known {
		s.Function = step(s.URL, foreign)
	} else if scheme == "http" || scheme == "https" {
		s.Function = client.Step(s.URL, foreign, carrier.ReplyTo{})
	}
	if s.Policy.Retry.Attempts == 0 && s.Function != nil {
		s.Function = carrier.RetryUnsent(s.Function)
	}
	return s
}
