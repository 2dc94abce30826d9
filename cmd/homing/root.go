package main

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/internal/nearest"
)

// root makes the command with all that is below it.
func (a *app) root() (*cobra.Command, error) {
	root := &cobra.Command{
		Use:   "homing",
		Short: "Call chains of event functions like plain HTTP",
		Long: `Homing lets a plain HTTP client call a chain of event functions and get the
answer in the same call.`,
		Example: `  homing serve
  homing invoke quote -f testdata/order.json
  homing chain graph`,
		Args:          onlyCommands,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return exit.Usagef("%w%s", err, meantFlag(cmd, err)).Then("see `%s --help`", cmd.CommandPath())
	})
	root.AddCommand(a.chain(), a.deadletter(), a.generate(), a.version())
	for _, command := range []func() (*cobra.Command, error){a.serve, a.invoke, a.local, a.knative} {
		cmd, err := command()
		if err != nil {
			return nil, err
		}
		root.AddCommand(cmd)
	}
	return root, nil
}

// meantFlag guesses at a flag that does not exist.
func meantFlag(cmd *cobra.Command, err error) string {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return ""
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
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

// atMost takes that many arguments, or says what they are for.
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
