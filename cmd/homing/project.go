package main

import (
	"context"
	"errors"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/project"
	"github.com/homing-dev/homing/functions/chainfile"
)

// load finds and builds the app that a command works on, and reads its chains. A
// file that is invalid is a [chainfile.Errors]; the project is there then.
func (a *app) load(ctx context.Context, at project.Options) (project.App, error) {
	at.Environ = a.environ
	wait := a.Err.Wait("building the app")
	app, err := a.open(ctx, at)
	wait.Stop()
	for _, text := range app.Warnings {
		a.inform(a.Err.Red("homing: " + text))
	}
	return app, err
}

func openProject(ctx context.Context, at project.Options) (project.App, error) {
	found, err := project.Find(ctx, at)
	if err != nil {
		return project.App{}, err
	}
	return found.Load(ctx)
}

// loadValid is load for a file that must be valid.
func (a *app) loadValid(ctx context.Context, at project.Options) (project.App, error) {
	app, err := a.load(ctx, at)
	if invalid, ok := errors.AsType[chainfile.Errors](err); ok {
		failed := exit.Failedf("the chains are invalid:\n%w", invalid)
		if own, ok := errors.AsType[*exit.Error](err); ok {
			failed.Next = own.Next
		}
		return app, failed
	}
	return app, err
}

// withFile are options with the argument FILE, if there is one.
func withFile(at project.Options, args []string) project.Options {
	if len(args) > 0 {
		at.Chain = args[0]
	}
	return at
}
