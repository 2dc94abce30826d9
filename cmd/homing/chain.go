package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/mermaid"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/nearest"
)

// chain groups the commands that work on a file of chains.
func (a *app) chain() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "chain",
		Short: "Check or draw the file that declares the chains",
		Example: `  homing chain validate
  homing chain graph --chain quote`,
		Args: onlyCommands,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.chainValidate(), a.chainGraph())
	return cmd
}

// fileArgument is the file that a command on chains reads: its argument,
// ./chain.yaml if that is there, or "" for what is built in.
func (a *app) fileArgument(args []string) string {
	switch {
	case len(args) > 0:
		return args[0]
	case a.exists(defaultFile):
		return defaultFile
	default:
		return ""
	}
}

func (a *app) chainGraph() *cobra.Command {
	var only string
	cmd := &cobra.Command{
		Use:   "graph [FILE]",
		Short: "Draw the chains as a Mermaid flowchart",
		Long: `Draws the chains as a Mermaid flowchart: from the caller through the adapter
and the steps to the reply, with the policies of the steps.

FILE is ./chain.yaml if that is there, and otherwise the built-in chains.`,
		Example: `  homing chain graph
  homing chain graph --chain quote my-chains.yaml > graph.mmd`,
		Args: atMost(1),
	}
	cmd.RunE = a.runs(func(_ *cobra.Command, args []string) error {
		chains, err := chainsToUse(a.fileArgument(args))
		if err != nil {
			return err
		}
		if only != "" {
			if chains, err = chainNamed(chains, only); err != nil {
				return err
			}
		}
		return a.printf("%s", mermaid.Flowchart(chains))
	})
	cmd.Flags().StringVar(&only, "chain", "", "draw the chain of this `NAME` only")
	return cmd
}

func chainNamed(chains []functions.Chain, name string) ([]functions.Chain, error) {
	names := make([]string, 0, len(chains))
	for _, c := range chains {
		if c.Name == name {
			return []functions.Chain{c}, nil
		}
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return nil, exit.Usagef("there is no chain %q%s", name, nearest.DidYouMean(name, names)).
		Then("`homing chain validate` lists the chains")
}
