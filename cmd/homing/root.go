package main

import (
	"errors"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/flags"
	"github.com/homing-dev/homing/internal/nearest"
	"github.com/homing-dev/homing/internal/settings"
)

// root returns the command with all that is below it.
func (a *app) root() (*cobra.Command, error) {
	root := group(&cobra.Command{
		Use:   "homing",
		Short: "Call chains of event functions like plain HTTP",
		Long: `Homing lets a plain HTTP client call a chain of event functions and get the
answer in the same call.`,
		Example: `  homing new shop
  homing serve
  homing invoke quote -f testdata/order.json
  homing chain graph`,
		Version:       thisBuild().String(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}, a.new(), a.add(), a.chain(), a.deadletter(), a.generate(), a.serve(), a.check(), a.dev(), a.deploy(), a.version())
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return exit.Usagef("%w%s", err, meantFlag(cmd, err)).Then("see `%s --help`", cmd.CommandPath())
	})
	for _, command := range []func() (*cobra.Command, error){a.invoke, a.local, a.trace, a.logs, a.top} {
		cmd, err := command()
		if err != nil {
			return nil, err
		}
		root.AddCommand(cmd)
	}
	return root, nil
}

// group puts commands below one that does nothing by itself.
func group(cmd *cobra.Command, below ...*cobra.Command) *cobra.Command {
	cmd.Args = onlyCommands
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(below...)
	return cmd
}

// withSettings lets the flags of these names be set by the environment and a
// file, too, before f runs.
func (a *app) withSettings(cmd *cobra.Command, names []string, f func(cmd *cobra.Command, args []string) error) (*cobra.Command, error) {
	cmd.RunE = a.runs(func(cmd *cobra.Command, args []string) error {
		if err := flags.Fill(cmd, a.environ, names...); err != nil {
			return err
		}
		return f(cmd, args)
	})
	return cmd, flags.Mark(cmd.Flags(), names...)
}

// flagNames are the names of all flags of a command.
func flagNames(cmd *cobra.Command) []string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

// meantFlag guesses at a flag that does not exist.
func meantFlag(cmd *cobra.Command, err error) string {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return ""
	}
	names := flagNames(cmd)
	for i := range names {
		names[i] = "--" + names[i]
	}
	return nearest.DidYouMean("--"+unknown.GetSpecifiedName(), names)
}

// onlyCommands are the arguments of a command that others are below.
func onlyCommands(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return exit.Usagef("there is no command %q%s", cmd.CommandPath()+" "+args[0], nearest.DidYouMean(args[0], names)).
		Then("see `%s --help`", cmd.CommandPath())
}

// atMost takes that many arguments.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		return exit.Usagef("there is an argument too many: %q", args[n]).Then("usage: %s", cmd.UseLine())
	}
}

// runs marks the moment from which errors are no longer ones of usage.
func (a *app) runs(f func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		a.running = true
		return f(cmd, args)
	}
}

// Names of the flags of [logOptions].
const (
	logLevel  = "log-level"
	logFormat = "log-format"
)

// logOptions are what is logged to the standard error, and how.
type logOptions struct{ level, format string }

func (o *logOptions) define(f *pflag.FlagSet, level string) {
	f.StringVar(&o.level, logLevel, level, "least `LEVEL` to log: "+strings.Join(settings.LogLevels(), ", "))
	f.StringVar(&o.format, logFormat, "auto", "`FORMAT` of the log: "+strings.Join(settings.LogFormats(), ", ")+
		"; auto is text on a terminal and json elsewhere")
}

func (a *app) logger(o logOptions) (*slog.Logger, error) {
	return a.Err.Logger(o.level, o.format)
}
