package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/guide"
	"github.com/homing-dev/homing/cmd/homing/internal/settings"
	"github.com/homing-dev/homing/internal/lambdastep"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/runtimes/local"
)

// defaultListen is not to be reached from another machine.
const defaultListen = "127.0.0.1:8080"

// serveOptions are the flags of `homing serve`.
type serveOptions struct {
	listen, chain, tokens, tokensFile string
	adapter                           adapter.Config
	store                             memory.Options
	server                            local.Server
	log                               logOptions
}

func (a *app) serve() (*cobra.Command, error) {
	o := serveOptions{
		adapter: adapter.Config{MaxBody: adapter.DefaultMaxBody, Retention: adapter.DefaultRetention},
		store:   memory.Options{MaxBytes: memory.DefaultMaxBytes},
		server: local.Server{
			HeaderTimeout: local.DefaultHeaderTimeout, RequestTimeout: local.DefaultRequestTimeout,
			IdleTimeout: local.DefaultIdleTimeout, Drain: local.DefaultDrain,
		},
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
	o.define(cmd.Flags())
	return a.withSettings(cmd, flagNames(cmd), func(cmd *cobra.Command, _ []string) error { return a.serveChains(cmd.Context(), o) })
}

// define adds the flags.
func (o *serveOptions) define(f *pflag.FlagSet) {
	f.SortFlags = false
	f.StringVar(&o.listen, "listen", defaultListen, "`ADDRESS` to listen on; port 0 takes any free one")
	f.StringVar(&o.chain, "chain", "", "`FILE` that declares the chains (default: the built-in chains)")
	f.StringVar(&o.tokens, "tokens", "", "tokens that are let in: `TENANT=SECRET,...` (default: no token is needed)")
	f.StringVar(&o.tokensFile, "tokens-file", "", "`FILE` with a line TENANT=SECRET for each token")
	f.Var((*settings.Size)(&o.adapter.MaxBody), "max-body", "largest request body, unless the chain has its own limit")
	f.IntVar(&o.adapter.MaxInFlight, "max-in-flight", adapter.DefaultMaxInFlight, "calls that may run at once; one more is answered with 429")
	f.Var((*settings.Span)(&o.adapter.MaxWait), "max-wait", "longest time that a connection is held (default: until the deadline of its call)")
	f.StringVar(&o.adapter.BasePath, "base-path", "", "`PATH` that clients have in front of all paths, such as /shop behind a proxy")
	f.Var((*settings.Span)(&o.adapter.Retention), "keep", "how long a reply can be fetched after the deadline of its call")
	f.IntVar(&o.store.MaxEntries, "store-entries", memory.DefaultMaxEntries, "requests and idempotency keys that are kept at once")
	f.Var((*settings.Size)(&o.store.MaxBytes), "store-bytes", "memory for the replies that are kept")
	f.Var((*settings.Span)(&o.server.HeaderTimeout), "header-timeout", "how long a client may take to send a header")
	f.Var((*settings.Span)(&o.server.RequestTimeout), "request-timeout", "how long a client may take to send header and body")
	f.Var((*settings.Span)(&o.server.IdleTimeout), "idle-timeout", "how long an unused connection is kept")
	f.Var((*settings.Span)(&o.server.Drain), "drain", "how long calls may take to finish after SIGINT or SIGTERM")
	o.log.define(f, "info")
}

// serveChains serves until ctx ends, and drains.
func (a *app) serveChains(ctx context.Context, o serveOptions) (err error) {
	log, err := a.logger(o.log)
	if err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	tokens, err := settings.Tokens(o.tokens, o.tokensFile)
	if err != nil {
		return err
	}
	chains, err := chainsToUse(o.chain)
	if err != nil {
		return err
	}
	o.adapter.Store, o.adapter.Tokens, o.adapter.Logger = memory.New(o.store), tokens, log
	service, err := runtimes.Inline(chains, o.adapter, runtimes.WithRemoteSteps(lambdastep.Lambda()))
	if err != nil {
		return err
	}
	defer service.Close()
	ln, err := listen(ctx, o.listen)
	if err != nil {
		return err
	}
	warnIfOpen(ctx, log, ln.Addr(), len(tokens) > 0)
	text := guide.Guide{Base: baseURL(ln.Addr()), Chains: chains, Tokens: len(tokens) > 0, Exists: a.exists}.String()
	if err := a.printf("%s", text); err != nil {
		return errors.Join(err, ln.Close())
	}
	o.server.Service, o.server.Logger = service, log
	if err := o.server.Serve(ctx, ln); err != nil {
		return err
	}
	log.InfoContext(ctx, "stopped")
	return nil
}

// check finds what the adapter and the store would take for their defaults.
func (o *serveOptions) check() error {
	for name, n := range map[string]int{"--max-in-flight": o.adapter.MaxInFlight, "--store-entries": o.store.MaxEntries} {
		if n < 1 {
			return exit.Usagef("%s must be at least 1", name)
		}
	}
	for name, d := range map[string]time.Duration{
		"--keep": o.adapter.Retention, "--drain": o.server.Drain, "--header-timeout": o.server.HeaderTimeout,
		"--request-timeout": o.server.RequestTimeout, "--idle-timeout": o.server.IdleTimeout,
	} {
		if d == 0 {
			return exit.Usagef("%s must be greater than 0", name)
		}
	}
	return nil
}

// warnIfOpen warns of chains that anybody in the network may call.
func warnIfOpen(ctx context.Context, log *slog.Logger, addr net.Addr, tokens bool) {
	tcp, ok := addr.(*net.TCPAddr)
	if ok && !tcp.IP.IsLoopback() && !tokens {
		log.WarnContext(ctx, "anybody who reaches this address may call the chains; set HOMING_TOKENS or --tokens-file, or listen on 127.0.0.1",
			"address", addr.String())
	}
}

// baseURL is where a client on this machine finds the server.
func baseURL(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("http://localhost:%d", tcp.Port)
	}
	return "http://" + addr.String()
}

// listen opens the address; its errors have what to do about them.
func listen(ctx context.Context, address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, exit.Usagef("--listen %q is not an address", address).Then("write HOST:PORT, such as %s or :9000", defaultListen)
	}
	var config net.ListenConfig
	ln, err := config.Listen(ctx, "tcp", address)
	switch {
	case err == nil:
		return ln, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, exit.Failedf("port %s is in use: %w", port, err).
			Then("stop what listens there, or choose another port: --listen %s (port 0 takes any free one)", net.JoinHostPort(host, "0"))
	case errors.Is(err, fs.ErrPermission):
		return nil, exit.Failedf("port %s may not be used: %w", port, err).
			Then("choose a port above 1023: --listen %s", net.JoinHostPort(host, "8080"))
	default:
		return nil, exit.Failedf("%w", err).Then("choose an address of this machine: --listen %s", defaultListen)
	}
}
