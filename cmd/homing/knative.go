package main

import (
	"context"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/settings"
	"github.com/homing-dev/homing/internal/lambdastep"
	"github.com/homing-dev/homing/runtimes/knative"
	"github.com/homing-dev/homing/runtimes/local"
)

// knative is the command that a container runs.
func (a *app) knative() *cobra.Command {
	var o knativeOptions
	cmd := &cobra.Command{
		Use:   "knative",
		Short: "Serve on Knative, in the role that the environment gives",
		Long: `Serves what the environment says, as a container of a Knative service does.

  PORT                where to listen on every interface (8080)
  HOMING_ROLE         all (adapter and steps in one process), adapter, vertex, or
                      store (keeps the replies of several adapters)
  HOMING_CARRIER      http (the steps answer) or broker (events go one way)
  HOMING_VERTEX_URL   adapter, http: who runs the steps; {chain} and {step} are filled in
  HOMING_BROKER_URL   broker: where events are sent; K_SINK if it is not set
  HOMING_REPLY_URL    adapter, broker: where vertices reach this adapter
  HOMING_REPLY_ALLOW  vertex, broker: URLs below which replies may be sent
  HOMING_REPLY_KEYS   keyid=secret,...: sign and check the tokens of replies
  HOMING_STORE_URL    adapter: the process with the role store; its own memory if not set
  HOMING_STORE_SECRET store and its adapters: what they share, 16 characters or more
  HOMING_STEPS        vertex: what it runs, as chain.step, chain.* or *
  HOMING_TOKENS       tenant=secret,...: who may call
  HOMING_BODY_BUDGET  memory for the bodies of all requests, such as 64MiB (a
                      quarter of the container's)
  HOMING_WRITE_TIMEOUT how long a client may read nothing of its answer (20s)
  HOMING_DRAIN        how long running calls may take to finish (25s)`,
		Example: `  homing knative
  HOMING_ROLE=vertex HOMING_STEPS='quote.*' PORT=8081 homing knative
  HOMING_ROLE=adapter HOMING_VERTEX_URL=http://127.0.0.1:8081 homing knative --host 127.0.0.1`,
		Args: atMost(0),
		Annotations: map[string]string{settings.Environment: "HOMING_ROLE HOMING_CARRIER HOMING_VERTEX_URL HOMING_BROKER_URL " +
			"HOMING_REPLY_URL HOMING_REPLY_ALLOW HOMING_REPLY_KEYS HOMING_STEPS " +
			"HOMING_STORE_URL HOMING_STORE_SECRET"},
		RunE: a.runs(func(cmd *cobra.Command, _ []string) error { return a.serveKnative(cmd.Context(), o) }),
	}
	cmd.Flags().StringVar(&o.host, "host", "", "address to listen on; every interface if empty, as Knative needs it")
	cmd.Flags().StringVar(&o.chain, "chain", "", "chain.yaml to serve; the one that was built in if empty")
	return cmd
}

// platformWait is the 290 s after which Knative gives up on a response, by the
// manifests, less a margin.
const platformWait = 280 * time.Second

type knativeOptions struct{ host, chain string }

func (a *app) serveKnative(ctx context.Context, o knativeOptions) error {
	log, err := a.logger(logOptions{level: "info", format: "auto"})
	if err != nil {
		return err
	}
	cfg, err := knative.FromEnv(a.getenv)
	if err != nil {
		return exit.Usagef("%w", err)
	}
	chains, err := chainsToUse(o.chain)
	if err != nil {
		return err
	}
	service, err := knative.New(cfg, chains, knative.Options{MaxWait: platformWait, RemoteSteps: lambdastep.Lambda(), Logger: log})
	if err != nil {
		return err
	}
	defer service.Close()
	ln, err := listen(ctx, net.JoinHostPort(o.host, cfg.Port))
	if err != nil {
		return err
	}
	log.InfoContext(ctx, "serving", "role", cfg.Role, "carrier", cfg.Carrier, "address", ln.Addr().String())
	if err := (local.Server{Service: service, WriteTimeout: cfg.WriteTimeout, Drain: cfg.Drain, Logger: log}).Serve(ctx, ln); err != nil {
		return err
	}
	log.InfoContext(ctx, "stopped")
	return nil
}

// getenv returns a variable of the environment that the command runs in.
func (a *app) getenv(name string) string {
	for _, entry := range a.environ {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}
