package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
)

func (a *app) chainValidate() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "validate [FILE]",
		Short: "Check the file that declares the chains",
		Long: `Checks the file that declares the chains and prints what it declares, or
everything that is wrong with it as FILE:LINE:COLUMN: what, with exit code 1.

FILE is ./chain.yaml if that is there, and otherwise the built-in chains.`,
		Example: `  homing chain validate
  homing chain validate my-chains.yaml --json`,
		Args: atMost(1),
	}
	cmd.RunE = a.runs(func(_ *cobra.Command, args []string) error {
		path := a.fileArgument(args)
		chains, err := loadChains(path)
		var invalid chainfile.Errors
		switch {
		case err != nil && !errors.As(err, &invalid):
			return err
		case asJSON:
			return a.verdictJSON(fileName(path), chains, invalid)
		case invalid != nil:
			a.inform(a.Err.Red(invalid.Error())) // nothing before them, so that editors find the places
			return exit.Reported()
		default:
			return a.summary(fileName(path), chains)
		}
	})
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

// fileName is what a file is called in what is printed.
func fileName(path string) string { return cmp.Or(path, builtIn) }

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
	return a.printf("%s", b.String())
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
		v.Chains = append(v.Chains, verdictChain{c.Name, c.Method, c.Path, c.WithDefaults().Type, stepNames(c)})
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
