package main

import (
	"errors"
	"io/fs"
	"slices"

	"github.com/spf13/cobra"

	function "github.com/homing-dev/homing"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/mermaid"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/nearest"
)

// chain groups the commands that work on a file of chains.
func (a *app) chain() *cobra.Command {
	return group(&cobra.Command{
		Use:   "chain",
		Short: "Check or draw the file that declares the chains",
		Example: `  homing chain validate
  homing chain graph --chain quote`,
	}, a.chainValidate(), a.chainGraph())
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

const (
	// defaultFile is what the file of chains is called.
	defaultFile = "chain.yaml"
	// builtIn is what the file is called that was built in.
	builtIn = defaultFile + " (built in)"
)

// loadChains reads the chains of the file at path; "" means those that were
// built in. A file that is invalid is a [chainfile.Errors].
func loadChains(path string) ([]functions.Chain, error) {
	known, err := function.Functions()
	if err != nil {
		return nil, err
	}
	if path == "" {
		return chainfile.Parse(builtIn, function.ChainFile, known)
	}
	chains, err := chainfile.Load(path, known)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, exit.Usagef("there is no file %s", path).Then("name the file that declares the chains, or leave it out for the built-in ones")
	}
	return chains, err
}

// chainsToUse are the chains of a file, which must be valid.
func chainsToUse(path string) ([]functions.Chain, error) {
	chains, err := loadChains(path)
	if invalid, ok := errors.AsType[chainfile.Errors](err); ok {
		return nil, exit.Failedf("the chains are invalid:\n%w", invalid)
	}
	return chains, err
}
