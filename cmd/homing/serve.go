package main

import (
	"github.com/spf13/cobra"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/cmd/homing/internal/settings"
	"github.com/homing-dev/homing/runtimes/local"
)

// defaultListen is not to be reached from another machine.
const defaultListen = "127.0.0.1:8080"

// serveOptions are the flags of `homing serve`.
type serveOptions struct {
	listen, chain                              string
	maxBody, storeBytes                        settings.Size
	maxInFlight, storeEntries                  int
	maxWait, keep                              settings.Span
	headerTimeout, requestTimeout, idleTimeout settings.Span
	drain                                      settings.Span
	tokens, tokensFile                         string
	log                                        logOptions
}

func (a *app) serve() (*cobra.Command, error) {
	o := serveOptions{
		maxBody:        adapter.DefaultMaxBody,
		storeBytes:     memory.DefaultMaxBytes,
		keep:           settings.Span(adapter.DefaultRetention),
		headerTimeout:  settings.Span(local.DefaultHeaderTimeout),
		requestTimeout: settings.Span(local.DefaultRequestTimeout),
		idleTimeout:    settings.Span(local.DefaultIdleTimeout),
		drain:          settings.Span(local.DefaultDrain),
	}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the chains over HTTP on this machine",
		Long: `Serves the chains over HTTP, with all their steps in this process, and prints
each route with a line to try it. Replies are kept in memory.

The first SIGINT or SIGTERM drains: calls that run are finished, new ones are
answered with 503. The second one ends the process at once.

A setting is looked for on the command line, then in the environment
(HOMING_MAX_BODY for --max-body), then in the file that --config names
(max-body: 10MiB). Give tokens in the environment or in a file: others on this
machine can read a command line.`,
		Example: `  homing serve
  homing serve --chain my-chains.yaml --listen :9000 --tokens-file tokens.txt
  HOMING_MAX_BODY=1MiB homing serve --config homing.yaml`,
		Args: atMost(0),
	}
	cmd.RunE = a.runs(func(cmd *cobra.Command, _ []string) error {
		if err := settings.Load(cmd, a.environ); err != nil {
			return err
		}
		return a.serveChains(cmd.Context(), o)
	})
	names := o.define(cmd)
	return cmd, settings.Mark(cmd.Flags(), names...)
}

// define adds the flags and gives their names.
func (o *serveOptions) define(cmd *cobra.Command) []string {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.listen, "listen", defaultListen, "`ADDRESS` to listen on; port 0 takes any free one")
	f.StringVar(&o.chain, "chain", "", "`FILE` that declares the chains (default: the built-in chains)")
	f.StringVar(&o.tokens, "tokens", "", "tokens that are let in: `TENANT=SECRET,...` (default: no token is needed)")
	f.StringVar(&o.tokensFile, "tokens-file", "", "`FILE` with a line TENANT=SECRET for each token")
	f.Var(&o.maxBody, "max-body", "largest request body, unless the chain has its own limit")
	f.IntVar(&o.maxInFlight, "max-in-flight", adapter.DefaultMaxInFlight, "calls that may run at once; one more is answered with 429")
	f.Var(&o.maxWait, "max-wait", "longest time that a connection is held (default: until the deadline of its call)")
	f.Var(&o.keep, "keep", "how long a reply can be fetched after the deadline of its call")
	f.IntVar(&o.storeEntries, "store-entries", memory.DefaultMaxEntries, "requests and idempotency keys that are kept at once")
	f.Var(&o.storeBytes, "store-bytes", "memory for the replies that are kept")
	f.Var(&o.headerTimeout, "header-timeout", "how long a client may take to send a header")
	f.Var(&o.requestTimeout, "request-timeout", "how long a client may take to send header and body")
	f.Var(&o.idleTimeout, "idle-timeout", "how long an unused connection is kept")
	f.Var(&o.drain, "drain", "how long calls may take to finish after SIGINT or SIGTERM")
	o.log.define(f, "info")
	return []string{
		"listen", "chain", "tokens", "tokens-file", "max-body", "max-in-flight", "max-wait", "keep", "store-entries",
		"store-bytes", "header-timeout", "request-timeout", "idle-timeout", "drain", logLevel, logFormat,
	}
}
