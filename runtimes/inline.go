package runtimes

import (
	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/internal/inline"
)

// RemoteSteps create the functions of steps that do not run in this process, by
// the scheme of their URL, or by the kind of their auth, which comes first. Those of
// http and https without auth are known without it, and so is the auth "oidc" by the
// metadata server of Google Cloud.
type RemoteSteps = inline.RemoteSteps

// InlineOption changes what [Inline] creates.
type InlineOption func(*RemoteSteps)

// WithRemoteSteps adds remote steps. The default is none.
func WithRemoteSteps(r RemoteSteps) InlineOption { return func(to *RemoteSteps) { *to = r } }

// Inline creates the adapter of the inline shape: it and all steps of every
// chain run in this process. The caller closes it.
func Inline(chains []functions.Chain, cfg adapter.Config, opts ...InlineOption) (*adapter.Adapter, error) {
	var remote RemoteSteps
	for _, set := range opts {
		set(&remote)
	}
	return inline.New(chains, cfg, remote)
}

// BindRemoteSteps returns the chains, with their defaults, with a function for
// every step that runs at a URL: one that sends its events there, without what
// routes them. A step with a scheme that neither client nor remote knows stays
// without one. The given chains are not changed.
func BindRemoteSteps(client *carrier.Client, chains []functions.Chain, remote RemoteSteps) []functions.Chain {
	return inline.BindRemoteSteps(client, chains, remote)
}
