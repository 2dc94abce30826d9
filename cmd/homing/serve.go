package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/homing-dev/homing/adapter/reply/dynamodb"
	"github.com/homing-dev/homing/adapter/reply/redis"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/flags"
	"github.com/homing-dev/homing/cmd/homing/internal/project"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/describe"
	"github.com/homing-dev/homing/internal/guide"
	"github.com/homing-dev/homing/internal/settings"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/runtimes/lambda"
	"github.com/homing-dev/homing/runtimes/local"
	"github.com/homing-dev/homing/runtimes/oidc"
	"github.com/homing-dev/homing/runtimes/otel"
)

// announceFlag has `homing serve` print where it listens in a form for programs.
const announceFlag = "announce"

func (a *app) serve() *cobra.Command {
	var at project.Options
	var announce bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the app over HTTP on this machine",
		Long: `Builds the app in the folder and runs it: it serves its chains over HTTP, with
all their functions in its process. Chains of remote steps alone need no program,
and this command serves them itself. It prints each route with a line to try it.
Replies are kept in memory, or by --store.

The first SIGINT or SIGTERM drains: calls that run are finished, new ones are
answered with 503. The second one ends the process at once.

A setting is looked for on the command line, then in the environment
(HOMING_MAX_BODY for --max-body), then in the file that --config names
(max-body: 10MiB). Give tokens in the environment or in a file: others on this
machine can read a command line. With HOMING_ROLE or K_SERVICE in the environment
it is a container, as an app is; see docs/configuration.md.`,
		Example: `  homing serve
  homing serve --chain my-chains.yaml --listen :9000 --tokens-file tokens.txt
  HOMING_MAX_BODY=1MiB homing serve --config homing.yaml`,
		Args: atMost(0),
	}
	cmd.Flags().SortFlags = false
	at.Define(cmd.Flags())
	flags.Define(cmd.Flags(), settings.Local)
	cmd.Flags().BoolVar(&announce, announceFlag, false, "print the address as JSON, for `homing dev`")
	cmd.Flags().Lookup(announceFlag).Hidden = true
	cmd.RunE = a.runs(func(cmd *cobra.Command, _ []string) error {
		runtime := settings.RuntimeOf(a.environ)
		cfg, err := flags.Load(cmd.Flags(), runtime, a.environ)
		if err != nil {
			return err
		}
		log, err := a.Err.LeveledLogger(cfg.Level, cfg.LogFormat)
		if err != nil {
			return err
		}
		at.Chain, at.Read = cfg.Chain, []chainfile.Option{cfg.Serve(a.environ)}
		app, err := a.loadValid(cmd.Context(), at)
		if err != nil {
			return err
		}
		ready := func(addr string) error { return a.guide(app, cfg, addr) }
		if announce {
			ready = func(addr string) error { return json.NewEncoder(a.Out).Encode(describe.Listening{Address: addr}) }
		}
		if app.Remote() {
			stop, err := cfg.Observe(cmd.Context(), log, func() (settings.Config, error) { return flags.Load(cmd.Flags(), runtime, a.environ) })
			defer stop()
			if err != nil {
				return err
			}
			return a.serveRemote(cmd.Context(), cfg, app.Chains, log, ready)
		}
		return a.serveApp(cmd.Context(), cfg, app, cmd.Flags(), ready)
	})
	return cmd
}

// existsIn reports of files whether they are in the folder of an app.
func (a *app) existsIn(dir string) func(path string) bool {
	return func(path string) bool { return a.exists(filepath.Join(dir, path)) }
}

// guide prints how what listens at an address is called.
func (a *app) guide(app project.App, cfg settings.Config, addr string) error {
	if cfg.Runtime != settings.Local { // its log says what it is
		return nil
	}
	return a.printf("%s", guide.Guide{Base: guide.BaseURL(addr), Chains: app.Chains, Tokens: cfg.Secured(), Exists: a.existsIn(app.Dir)})
}

// serveApp runs the app until ctx ends. ready is called when it listens.
func (a *app) serveApp(ctx context.Context, cfg settings.Config, app project.App, f *pflag.FlagSet, ready func(string) error) error {
	ln, err := listen(ctx, cfg.Listen) // whose errors say what to do
	if err != nil {
		return err
	}
	if err := ln.Close(); err != nil {
		return fmt.Errorf("try the address: %w", err)
	}
	environ, err := flags.Environ(f, cfg.Runtime)
	if err != nil {
		return err
	}
	running, err := app.Program.Start(ctx, project.Start{Environ: environ, Stdout: a.Out.Writer, Stderr: a.Err.Writer})
	if err != nil {
		return appEnded(err)
	}
	if err := ready(running.Address()); err != nil {
		running.Kill()
		<-running.Done()
		return err
	}
	<-running.Done()
	return appEnded(running.Err())
}

// appEnded is the error of an app that has logged why it ended.
func appEnded(err error) error {
	ended, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return err
	}
	if code := ended.ExitCode(); code > 0 {
		return &exit.Error{Code: code}
	}
	return exit.Failedf("the app has ended: %w", err)
}

// serveRemote serves chains of remote steps until ctx ends, as an app does that
// links all.
func (a *app) serveRemote(
	ctx context.Context, cfg settings.Config, chains []functions.Chain, log *slog.Logger, ready func(string) error,
) error {
	service, err := runtimes.NewService(ctx, cfg, chains, log,
		lambda.Runtime(), dynamodb.Replies(), redis.Replies(), oidc.Tokens(), otel.Traces())
	if err != nil {
		return err
	}
	defer service.Close()
	return a.listenAndServe(ctx, cfg, service, log, func(addr net.Addr) error {
		log.InfoContext(ctx, "serving", "role", cfg.Role, "address", addr.String())
		return ready(addr.String())
	})
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
