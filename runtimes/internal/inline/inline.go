// Package inline is the shape in which adapter and steps share a process.
package inline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/console"
	"github.com/homing-dev/homing/runtimes/vertex"
)

// RemoteSteps create the functions of steps that do not run in this process, by
// the scheme of their URL, or by the kind of their auth, which comes first. Those of
// http and https without auth are known without it, and so is the auth "oidc" by the
// metadata server of Google Cloud.
type RemoteSteps map[string]func(client *carrier.Client, s functions.Step) functions.Function

// stepObserver is an observer of calls that sees their steps, too.
type stepObserver interface {
	// Steps returns a chain whose functions are observed.
	Steps(c functions.Chain) functions.Chain
	// Runs is called with what runs the steps of a chain.
	Runs(chain string, runner console.Runner)
}

// New creates the adapter of the inline shape: it and all steps of every
// chain run in this process. The caller closes it.
func New(chains []functions.Chain, cfg adapter.Config, remote RemoteSteps) (*adapter.Adapter, error) {
	if cfg.Metrics == nil {
		cfg.Metrics = prometheus.NewRegistry()
	}
	served := make([]adapter.Served, 0, len(chains))
	for _, c := range BindRemoteSteps(carrier.NewClient(carrier.Options{Traces: cfg.Traces}), chains, remote) {
		seen, observes := cfg.Observer.(stepObserver)
		if observes {
			c = seen.Steps(c)
		}
		v, err := vertex.New(c, vertex.WithMetrics(cfg.Metrics), vertex.WithLogger(cfg.Logger), vertex.WithTraces(cfg.Traces))
		if err != nil {
			return nil, err
		}
		if observes {
			seen.Runs(c.Name, v)
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
			if s.Function == nil && (s.URL != "" || s.Run != "") {
				c.Steps[i] = bind(client, s, remote)
			}
		}
		out = append(out, c)
	}
	return out
}

func bind(client *carrier.Client, s functions.Step, remote RemoteSteps) functions.Step {
	if s.Remote == nil && (s.URL == "" || strings.Contains(s.URL, "${")) {
		s.Function = unresolved(s)
		return s
	}
	kind, _, _ := strings.Cut(s.Target(), ":")
	switch {
	case s.Auth.SigV4 != "":
		kind = SigV4
	case s.Auth.OIDC != "":
		kind = OIDC
	}
	if step, known := remote[kind]; known {
		s.Function = step(client, s)
	} else if kind == "http" || kind == "https" {
		s.Function = client.Remote(carrier.NewRemote(s))
	} else if kind == OIDC {
		s.Function = WithIDTokens("")(client, s)
	}
	if s.Policy.Retry.Attempts == 0 && s.Function != nil {
		s.Function = carrier.RetryUnsent(s.Function)
	}
	return s
}

// unresolved is the function of a step that this process does not run, so that
// nothing of it was resolved.
func unresolved(s functions.Step) functions.Function {
	return func(context.Context, event.Event) (*event.Event, error) {
		return nil, fmt.Errorf("step %s is not run by this process: the variables of its url, %q, are not resolved", s.Name, s.URL)
	}
}

// Kinds of auth, see [functions.Auth].
const (
	SigV4 = "sigv4"
	OIDC  = "oidc"
)

// WithIDTokens creates the functions of steps with the auth "oidc", whose tokens are
// in a file, or come from the metadata server of Google Cloud if file is "".
func WithIDTokens(file string) func(client *carrier.Client, s functions.Step) functions.Function {
	return func(client *carrier.Client, s functions.Step) functions.Function {
		r := carrier.NewRemote(s)
		r.Authorize = carrier.NewIDTokens(s.Auth.OIDC, file).Authorize
		return client.Remote(r)
	}
}
