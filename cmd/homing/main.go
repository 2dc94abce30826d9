package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/homing-dev/homing/cmd/homing/internal/console"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/project"
	"github.com/homing-dev/homing/runtimes/local"
)

func main() {
	os.Exit(run(local.UntilSignal(context.Background()), os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ()))
}

// run runs the command line and returns the exit code. It ends when ctx does.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, environ []string) int {
	a := &app{Console: console.New(stdin, stdout, stderr, environ), environ: environ, exists: exists, open: openProject}
	return a.run(ctx, args)
}

// app is one run of the command line.
type app struct {
	console.Console

	environ []string
	// exists reports whether a file can be named in an example.
	exists func(path string) bool
	// open finds and builds the app that a command works on.
	open func(context.Context, project.Options) (project.App, error)
	// running is set when the command line was understood.
	running bool
}

func (a *app) run(ctx context.Context, args []string) int {
	root, err := a.root()
	if err == nil {
		root.SetArgs(args)
		root.SetIn(a.In)
		root.SetOut(a.Out)
		root.SetErr(a.Err)
		err = root.ExecuteContext(ctx)
	}
	return a.report(err)
}

// report shows the user an error, once, and returns its exit code.
func (a *app) report(err error) int {
	if err == nil {
		return exit.OK
	}
	own, ok := errors.AsType[*exit.Error](err)
	if !ok {
		own = exit.Failedf("%w", err)
		if !a.running { // what cobra finds wrong before it runs a command
			own.Code = exit.Misused
		}
	}
	if own.Err == nil {
		return own.Code
	}
	text := "homing: " + own.Error() + "\n"
	if own.Next != "" {
		text += "  " + own.Next + "\n"
	}
	_, _ = io.WriteString(a.Err, a.Err.Red(text)) // there is no other place for it
	return own.Code
}

func (a *app) printf(format string, args ...any) error {
	if _, err := fmt.Fprintf(a.Out, format, args...); err != nil {
		return fmt.Errorf("write to the standard output: %w", err)
	}
	return nil
}

func exists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
