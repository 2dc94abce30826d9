package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/homing-dev/homing/adapter/reply/dynamodb"
	"github.com/homing-dev/homing/adapter/reply/redis"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/flags"
	"github.com/homing-dev/homing/cmd/homing/internal/guide"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/settings"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/runtimes/knative"
	"github.com/homing-dev/homing/runtimes/lambda"
	"github.com/homing-dev/homing/runtimes/local"
)

func (a *app) serve() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the chains over HTTP on this machine",
		Long: `Serves the chains over HTTP, with all their steps in this process, and prints
each route with a line to try it. Replies are kept in memory, or by --store.

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
	cmd.Flags().SortFlags = false
	flags.Define(cmd.Flags(), settings.Local)
	cmd.RunE = a.runs(func(cmd *cobra.Command, _ []string) error {
		cfg, err := flags.Load(cmd.Flags(), settings.Local, a.environ)
		if err != nil {
			return err
		}
		return a.serveChains(cmd.Context(), cfg, func(_ *slog.Logger, chains []functions.Chain, addr net.Addr) error {
			text := guide.Guide{Base: baseURL(addr), Chains: chains, Tokens: len(cfg.Tokens) > 0, Exists: a.exists}.String()
			return a.printf("%s", text)
		})
	})
	return cmd
}

// serveChains serves until ctx ends, and drains. ready is called when it listens.
func (a *app) serveChains(
	ctx context.Context, cfg settings.Config, ready func(log *slog.Logger, chains []functions.Chain, addr net.Addr) error,
) error {
	log, err := a.Err.Logger(cfg.LogLevel, cfg.LogFormat)
	if err != nil {
		return err
	}
	chains, err := chainsToUse(cfg.Chain, cfg.Serve(a.environ))
	if err != nil {
		return err
	}
	service, err := a.service(ctx, cfg, chains, log)
	if err != nil {
		return err
	}
	defer service.Close()
	return a.listenAndServe(ctx, cfg, service, log, func(addr net.Addr) error { return ready(log, chains, addr) })
}

// service creates what serve and knative serve: as an app does that links all.
func (*app) service(
	ctx context.Context, cfg settings.Config, chains []functions.Chain, log *slog.Logger,
) (knative.Service, error) {
	return runtimes.NewService(ctx, cfg, chains, log, lambda.Runtime(), dynamodb.Replies(), redis.Replies())
}

// listenAndServe serves a service until ctx ends, and drains it. ready is called
// when it listens.
func (*app) listenAndServe(
	ctx context.Context, cfg settings.Config, service local.Service, log *slog.Logger, ready func(net.Addr) error,
) error {
	ln, err := listen(ctx, cfg.Listen)
	if err != nil {
		return err
	}
	cfg.Warn(ctx, log, ln.Addr().String())
	if err := ready(ln.Addr()); err != nil {
		return errors.Join(err, ln.Close())
	}
	cfg.Server.Service, cfg.Server.Logger = service, log
	if err := cfg.Server.Serve(ctx, ln); err != nil {
		return err
	}
	log.InfoContext(ctx, "stopped")
	return nil
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
		return nil, exit.Usagef("--listen %q is not an address", address).Then("write HOST:PORT, such as %s or :9000", settings.DefaultListen)
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
		return nil, exit.Failedf("%w", err).Then("choose an address of this machine: --listen %s", settings.DefaultListen)
	}
}
