package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/internal/emulator"
	"github.com/homing-dev/homing/internal/emulator/template"
	"github.com/homing-dev/homing/internal/settings"
)

// Where things are, unless a flag says otherwise.
const (
	sourceTemplate = "template.yaml"
	localPort      = 3000
)

func builtTemplate() string { return filepath.Join(".aws-sam", "build", sourceTemplate) }

// localOptions are the flags of `homing local`.
type localOptions struct {
	template, stack, region string
	parameters              []string
	port, concurrency       int
	data                    string
	retryDelay              time.Duration
	noFreeze, build         bool
	buildPackage            string
	log                     logOptions
}

func (a *app) local() (*cobra.Command, error) {
	o := localOptions{retryDelay: time.Second}
	cmd := &cobra.Command{
		Use:   "local",
		Short: "Run the AWS deployment on this machine",
		Long: `Runs a SAM template on this machine, without Docker and without an account: its
functions as processes, its API and Function URLs on 127.0.0.1, queues, and
tables in dynalite, which needs Node.js and is installed on first use.

Without --build it runs what "sam build" has left, and compiles the functions
again if they are for another kind of processor. With --build it compiles them
from the source, for which only Go is needed.

Schedules, rules, topics and services such as S3 send nothing here by themselves:
an event is sent by POST to the address that is printed for it, as its service
would send it; to a queue or a topic the message, to a schedule nothing.

What the functions write, and each call, go to the standard error. The first
SIGINT or SIGTERM ends everything; tables are forgotten unless --data keeps
them. Should dynalite end by itself, it is started again, a few times, and the
log says so; then everything ends, with the exit code 1.`,
		Example: `  sam build && homing local
  homing local --build
  homing local --build --parameter Shape=split --parameter Open=true
  homing local --build --port 9000 --data .aws-sam/data`,
		Args: atMost(0),
	}
	o.define(cmd.Flags())
	names := slices.DeleteFunc(flagNames(cmd), func(name string) bool { return name == parameterFlag })
	return a.withSettings(cmd, names, func(cmd *cobra.Command, _ []string) error { return a.runLocal(cmd.Context(), o) })
}

// parameterFlag is no setting: it may be given more than once.
const parameterFlag = "parameter"

// define adds the flags.
func (o *localOptions) define(f *pflag.FlagSet) {
	f.SortFlags = false
	f.StringVar(&o.template, "template", "",
		"`FILE` with the template (default: "+filepath.ToSlash(builtTemplate())+", or template.yaml with --build)")
	f.StringArrayVarP(&o.parameters, parameterFlag, "p", nil, "`NAME=VALUE` of a parameter of the template; may be given more than once")
	f.BoolVar(&o.build, "build", false, "compile the functions, for this machine")
	f.StringVar(&o.buildPackage, "package", "", "`PACKAGE` whose program is compiled (default: the main package of the app in the folder)")
	f.IntVar(&o.port, "port", localPort, "`PORT` of the API on 127.0.0.1; 0 takes any free one")
	f.StringVar(&o.data, "data", "", "`FOLDER` that keeps the tables (default: they are kept in memory)")
	f.IntVar(&o.concurrency, "concurrency", emulator.DefaultEach,
		"how many processes of one function work at once, at `MOST`; further calls wait for one")
	f.Var((*settings.Span)(&o.retryDelay), "retry-delay", "`TIME` that an event waits before it is tried again; on AWS 1 and 2 minutes")
	f.BoolVar(&o.noFreeze, "no-freeze", false, "let a function run on after its answer; on AWS it is stopped until the next call")
	f.StringVar(&o.stack, "stack-name", template.DefaultStackName, "`NAME` of the stack")
	f.StringVar(&o.region, "region", template.DefaultRegion, "`REGION` that the functions are told")
	o.log.define(f, "info")
}

// stopTime is how long everything may take to end.
const stopTime = 5 * time.Second

// runLocal runs the stack until ctx ends, or until what it needs has ended.
func (a *app) runLocal(ctx context.Context, o localOptions) (failed error) {
	log, err := a.logger(o.log)
	if err != nil {
		return err
	}
	stack, err := o.load(a.lookup)
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
	var tables *localTables
	url := ""
	if len(stack.Tables) > 0 {
		if tables, err = startTables(ctx, o.data, log); err != nil {
			return err
		}
		url = tables.server.URL()
		defer func() {
			if err := tables.server.Stop(); failed == nil { // else it is why
				failed = err
			}
		}()
	}
	e, err := emulator.Start(ctx, stack, o.emulator(a, log, url, bootstraps))
	if err != nil {
		return startFailed(err, o)
	}
	if err := a.printf("%s", a.describe(ctx, e, bootstraps)); err != nil {
		return errors.Join(err, e.Close(ctx))
	}
	failed = watchLocal(ctx, e, tables)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	if err := e.Close(closing); err != nil || failed != nil {
		return cmp.Or(failed, err)
	}
	log.InfoContext(ctx, "stopped")
	return nil
}

// watchLocal returns nil when ctx ends, and an error when the stack can go on no
// longer.
func watchLocal(ctx context.Context, e *emulator.Emulator, tables *localTables) error {
	ctx, cancel := context.WithCancel(ctx)
	kept := make(chan error, 1)
	if tables != nil {
		var keeping sync.WaitGroup
		keeping.Go(func() { kept <- tables.keep(ctx, e.CreateTables) })
		defer keeping.Wait()
	}
	defer cancel()
	select {
	case <-ctx.Done():
		return nil
	case err := <-e.Failed():
		return err
	case err := <-kept:
		return err
	}
}

// load reads the template.
func (o *localOptions) load(lookup func(string) (string, bool)) (template.Stack, error) {
	const mostPort = 1<<16 - 1
	if o.port < 0 || o.port > mostPort {
		return template.Stack{}, exit.Usagef("--port %d is not a port from 0 to %d", o.port, mostPort)
	}
	path := builtTemplate()
	if o.build {
		path = sourceTemplate
	}
	given := map[string]string{}
	for _, p := range o.parameters {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			// What was written is not shown: it may be a secret without its name.
			return template.Stack{}, exit.Usagef("a --parameter is not NAME=VALUE").Then("for example --parameter Shape=split")
		}
		given[name] = value
	}
	stack, err := template.Load(cmp.Or(o.template, path), given, template.Options{
		StackName: o.stack, Region: o.region, Lookup: lookup,
	})
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

func (o *localOptions) emulator(a *app, log *slog.Logger, tables string, bootstraps map[string]string) emulator.Options {
	output := newLocalOutput(a.Err, log)
	return emulator.Options{
		Tables:      tables,
		Listen:      net.JoinHostPort("127.0.0.1", strconv.Itoa(o.port)),
		Bootstrap:   func(f template.Function) string { return bootstraps[f.ID] },
		RetryDelays: []time.Duration{o.retryDelay},
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
		return exit.Failedf("port %d is in use: %w", o.port, err).
			Then("stop what listens there, or choose another port: --port 0 takes any free one")
	case errors.Is(err, emulator.ErrNotBuilt):
		return exit.Usagef("%w", err).Then("run: sam build, or without the SAM CLI: homing local --build")
	default:
		return err
	}
}
