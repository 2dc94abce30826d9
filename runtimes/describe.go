package runtimes

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/homing-dev/homing/internal/describe"
)

// describe prints what the tool asks an app for, and starts nothing.
func (a app) describe(stdout io.Writer) error {
	info, _ := debug.ReadBuildInfo()
	d := describe.App{
		Format: describe.Format, Version: describe.Version(info), Chains: string(a.chains), Functions: map[string]describe.Function{},
	}
	names, err := a.fns.Functions()
	if err != nil {
		d.Error = err.Error()
	}
	for name := range names {
		d.Functions[name] = a.signature(name)
	}
	for _, o := range a.options {
		d.Options = append(d.Options, o.Option())
	}
	return printLine(stdout, d)
}

// signature is what is known of the types of a function.
func (app) signature(string) describe.Function { return describe.Function{} }

// printLine prints what a program reads.
func printLine(w io.Writer, v any) error {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		return fmt.Errorf("write to the standard output: %w", err)
	}
	return nil
}
