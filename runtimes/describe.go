package runtimes

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/describe"
	"github.com/homing-dev/homing/internal/guide"
	"github.com/homing-dev/homing/internal/settings"
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
		d.Functions[name] = describe.Function{}
	}
	for _, o := range a.options {
		d.Options = append(d.Options, o.Option())
	}
	return printLine(stdout, d)
}

// serving is an app that listens.
type serving struct {
	cfg     settings.Config
	log     *slog.Logger
	chains  []functions.Chain
	address string
}

// printAddress prints where an app listens to the tool that has started it.
func printAddress(_ context.Context, stdout io.Writer, s serving) error {
	return printLine(stdout, describe.Listening{Address: s.address})
}

// showRoutes shows who has started a local server how it is called: on a terminal
// as a page, and else in the log.
func showRoutes(ctx context.Context, stdout io.Writer, s serving) error {
	if s.cfg.Runtime != settings.Local {
		return nil
	}
	g := guide.Guide{Base: guide.BaseURL(s.address), Chains: s.chains, Tokens: s.cfg.Secured(), Exists: isFile}
	if settings.IsTerminal(stdout) {
		_, err := io.WriteString(stdout, g.String())
		return err
	}
	for _, c := range s.chains {
		s.log.InfoContext(ctx, "route", "route", c.Method+" "+c.Path, "chain", c.Name, "try", g.Curl(c))
	}
	return nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// printLine prints what a program reads.
func printLine(w io.Writer, v any) error {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		return fmt.Errorf("write to the standard output: %w", err)
	}
	return nil
}
