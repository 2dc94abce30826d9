package main

import (
	"log/slog"
	"net"

	"github.com/spf13/cobra"

	"github.com/homing-dev/homing/cmd/homing/internal/flags"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/settings"
)

// knative is the command that a container runs.
func (a *app) knative() *cobra.Command {
	var host string
	cmd := &cobra.Command{
		Use:   "knative",
		Short: "Serve on Knative, in the role that the environment gives",
		Long: `Serves what the environment says, as a container of a Knative service does. Beside
PORT, where to listen on every interface, and K_SINK, it reads:

` + settings.Help(settings.Container),
		Example: `  homing knative
  HOMING_ROLE=vertex HOMING_STEPS='quote.*' PORT=8081 homing knative
  HOMING_ROLE=adapter HOMING_VERTEX_URL=http://127.0.0.1:8081 homing knative --host 127.0.0.1`,
		Args: atMost(0),
	}
	cmd.Flags().StringVar(&host, "host", "", "address to listen on; every interface if empty, as Knative needs it")
	cmd.Flags().String("chain", "", "chain.yaml to serve; the one that was built in if empty")
	cmd.RunE = a.runs(func(cmd *cobra.Command, _ []string) error {
		cfg, err := flags.Load(cmd.Flags(), settings.Container, a.environ)
		if err != nil {
			return err
		}
		if _, port, err := net.SplitHostPort(cfg.Listen); err == nil && host != "" {
			cfg.Listen = net.JoinHostPort(host, port)
		}
		return a.serveChains(cmd.Context(), cfg, func(log *slog.Logger, _ []functions.Chain, addr net.Addr) error {
			log.InfoContext(cmd.Context(), "serving", "role", cfg.Role, "carrier", cfg.Carrier, "address", addr.String())
			return nil
		})
	})
	return cmd
}
