package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/internal/dynalite"
	"github.com/homing-dev/homing/internal/emulator"
	"github.com/homing-dev/homing/internal/emulator/template"
)

// stopTime is how long everything may take to end.
const stopTime = 5 * time.Second

// runLocal runs the stack until ctx ends.
func (a *app) runLocal(ctx context.Context, o localOptions) (err error) {
	log, err := a.logger(o.log)
	if err != nil {
		return err
	}
	stack, err := o.load()
	if err != nil {
		return err
	}
	for _, place := range stack.Ignored {
		log.WarnContext(ctx, "this property has no effect here", "property", place)
	}
	bootstraps, err := a.executables(ctx, o, stack)
	if err != nil {
		return err
	}
	tables, stop, err := o.tables(ctx, log, stack)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	e, err := emulator.Start(ctx, stack, o.emulator(a, log, tables, bootstraps))
	if err != nil {
		return startFailed(err, o)
	}
	if err := a.printf("%s", a.describe(e)); err != nil {
		return errors.Join(err, e.Close(ctx))
	}
	<-ctx.Done()
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	if err := e.Close(closing); err != nil {
		return err
	}
	log.InfoContext(ctx, "stopped")
	return nil
}

// load reads the template.
func (o *localOptions) load() (template.Stack, error) {
	const mostPort = 1<<16 - 1
	if o.port < 0 || o.port > mostPort {
		return template.Stack{}, exit.Usagef("--port %d is not a port from 0 to %d", o.port, mostPort)
	}
	path := o.template
	switch {
	case path == "" && o.build:
		path = sourceTemplate
	case path == "":
		path = builtTemplate()
	}
	given := map[string]string{}
	for _, p := range o.parameters {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			// What was written is not told: it may be a secret without its name.
			return template.Stack{}, exit.Usagef("a --parameter is not NAME=VALUE").Then("for example --parameter Shape=split")
		}
		given[name] = value
	}
	stack, err := template.Load(path, given, template.Options{StackName: o.stack, Region: o.region})
	switch {
	case errors.Is(err, template.ErrMissing) && o.template == "" && !o.build:
		return stack, exit.Usagef("the template was not built: %w", err).
			Then("run: sam build, or without the SAM CLI: homing local --build")
	case errors.Is(err, template.ErrMissing):
		return stack, exit.Usagef("%w", err).Then("name the template with --template")
	case err != nil:
		return stack, exit.Usagef("the template cannot be run:\n%w", err)
	}
	return stack, nil
}

// tables starts a server for the tables, if there are any.
func (o *localOptions) tables(ctx context.Context, log *slog.Logger, stack template.Stack) (url string, stop func() error, err error) {
	if len(stack.Tables) == 0 {
		return "", func() error { return nil }, nil
	}
	log.DebugContext(ctx, "starting dynalite", "data", o.data)
	server, err := dynalite.Start(ctx, dynalite.Options{Dir: o.data})
	if err != nil {
		return "", nil, err
	}
	return server.URL(), server.Stop, nil
}

func (o *localOptions) emulator(a *app, log *slog.Logger, tables string, bootstraps map[string]string) emulator.Options {
	output := newLocalOutput(a.Err, log)
	return emulator.Options{
		Tables:      tables,
		Listen:      net.JoinHostPort("127.0.0.1", strconv.Itoa(o.port)),
		Bootstrap:   func(f template.Function) string { return bootstraps[f.ID] },
		RetryDelays: []time.Duration{time.Duration(o.retryDelay)},
		Each:        o.concurrency,
		NoFreeze:    o.noFreeze,
		Log:         output.function,
		Access:      output.access,
		Logger:      log,
	}
}

func startFailed(err error, o localOptions) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return (&exit.Error{Code: exit.Failed, Err: fmt.Errorf("port %d is in use: %w", o.port, err)}).
			Then("stop what listens there, or choose another port: --port 0 takes any free one")
	case errors.Is(err, emulator.ErrNotBuilt):
		return exit.Usagef("%w", err).Then("run: sam build, or without the SAM CLI: homing local --build")
	default:
		return err
	}
}
