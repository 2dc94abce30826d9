package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/mermaid"
	"github.com/homing-dev/homing/cmd/homing/internal/project"
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

func (a *app) chainGraph() *cobra.Command {
	var only string
	var at project.Options
	cmd := &cobra.Command{
		Use:   "graph [FILE]",
		Short: "Draw the chains as a Mermaid flowchart",
		Long: `Draws the chains as a Mermaid flowchart: from the caller through the adapter
and the steps to the reply, with the policies of the steps.

The app in the folder is built for it, to know its functions. FILE stands in the
place of its chain.yaml.`,
		Example: `  homing chain graph
  homing chain graph --chain quote my-chains.yaml > graph.mmd`,
		Args: atMost(1),
	}
	cmd.RunE = a.runs(func(cmd *cobra.Command, args []string) error {
		app, err := a.loadValid(cmd.Context(), withFile(at, args))
		if err != nil {
			return err
		}
		chains := app.Chains
		if only != "" {
			if chains, err = chainNamed(chains, only); err != nil {
				return err
			}
		}
		return a.printf("%s", mermaid.Flowchart(chains))
	})
	at.Define(cmd.Flags())
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

func (a *app) chainValidate() *cobra.Command {
	var asJSON bool
	var at project.Options
	cmd := &cobra.Command{
		Use:   "validate [FILE]",
		Short: "Check the file that declares the chains",
		Long: `Checks the file that declares the chains and prints what it declares, or
everything that is wrong with it as FILE:LINE:COLUMN: what, with exit code 1.

The app in the folder is built for it, to know its functions. FILE stands in the
place of its chain.yaml.`,
		Example: `  homing chain validate
  homing chain validate my-chains.yaml --json`,
		Args: atMost(1),
	}
	cmd.RunE = a.runs(func(cmd *cobra.Command, args []string) error {
		app, err := a.load(cmd.Context(), withFile(at, args))
		invalid, isInvalid := errors.AsType[chainfile.Errors](err)
		switch {
		case err != nil && !isInvalid:
			return err
		case asJSON:
			return a.verdictJSON(app.Chain, app.Chains, invalid)
		case isInvalid:
			a.inform(a.Err.Red(invalid.Error())) // nothing before them, so that editors find the places
			if own, ok := errors.AsType[*exit.Error](err); ok {
				a.inform("  " + own.Next)
			}
			return exit.Reported()
		default:
			return a.summary(app.Chain, app.Chains)
		}
	})
	at.Define(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

// summary prints that a file is valid, and what is in it.
func (a *app) summary(name string, chains []functions.Chain) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, chains: %d\n", name, a.Out.Green("OK"), len(chains))
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0) //nolint:mnd // two spaces between columns
	for _, c := range chains {
		steps := strings.Join(stepNames(c), " → ")
		_, _ = fmt.Fprintf(table, "  %s\t%s %s\t%s\t%s\n", // into memory
			c.Name, c.Method, c.Path, c.WithDefaults().Timeout, steps)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("lay the summary out: %w", err)
	}
	if env, secrets := toSet(chains...); len(env)+len(secrets) > 0 {
		for _, name := range secrets {
			env = append(env, name+" (secret)")
		}
		fmt.Fprintf(&b, "  to be set where the steps run: %s\n", strings.Join(env, ", "))
	}
	return a.printf("%s", b.String())
}

// toSet are the variables without a default, and the secrets, that the steps need.
func toSet(chains ...functions.Chain) (env, secrets []string) {
	for _, c := range chains {
		for _, s := range c.Steps {
			some, hidden := chainfile.Variables(c, s)
			for _, name := range some {
				if _, known := c.Env[name]; !known {
					env = append(env, name)
				}
			}
			secrets = append(secrets, hidden...)
		}
	}
	slices.Sort(env)
	slices.Sort(secrets)
	return slices.Compact(env), slices.Compact(secrets)
}

func stepNames(c functions.Chain) []string {
	names := make([]string, len(c.Steps))
	for i, s := range c.Steps {
		names[i] = s.Name
	}
	return names
}

// verdict is the result of `homing chain validate --json`.
type verdict struct {
	File   string         `json:"file"`
	OK     bool           `json:"ok"`
	Chains []verdictChain `json:"chains,omitempty"`
	Errors []verdictError `json:"errors,omitempty"`
}

type verdictChain struct {
	Name   string   `json:"name"`
	Method string   `json:"method"`
	Path   string   `json:"path"`
	Type   string   `json:"type"`
	Steps  []string `json:"steps"`
	// Variables without a default, and secrets, that its steps need.
	Variables []string `json:"variables,omitempty"`
	Secrets   []string `json:"secrets,omitempty"`
}

type verdictError struct {
	Line       int    `json:"line"`
	Column     int    `json:"column"`
	Path       string `json:"path,omitempty"`
	Message    string `json:"message"`
	Suggestion string `json:"suggestion,omitempty"`
}

// verdictJSON prints the result for a program. A file that is invalid is an
// error that needs no further report.
func (a *app) verdictJSON(name string, chains []functions.Chain, invalid chainfile.Errors) error {
	v := verdict{File: name, OK: invalid == nil}
	for _, c := range chains {
		env, secrets := toSet(c)
		v.Chains = append(v.Chains, verdictChain{c.Name, c.Method, c.Path, c.WithDefaults().Type, stepNames(c), env, secrets})
	}
	for _, e := range invalid {
		v.Errors = append(v.Errors, verdictError{e.Line, e.Column, e.Path, e.Message, e.Suggestion})
	}
	if err := a.printJSON(v); err != nil {
		return err
	}
	if !v.OK {
		return exit.Reported()
	}
	return nil
}

func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.Out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write to the standard output: %w", err)
	}
	return nil
}
