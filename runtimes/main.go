package runtimes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"os"
	"strings"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/console"
	"github.com/homing-dev/homing/internal/describe"
	"github.com/homing-dev/homing/internal/settings"
	"github.com/homing-dev/homing/internal/settings/replies"
	"github.com/homing-dev/homing/runtimes/internal/inline"
	"github.com/homing-dev/homing/runtimes/knative"
	"github.com/homing-dev/homing/runtimes/local"
)

// Option links something with weight, which an app has only if it is asked for: a
// [Platform] such as lambda.Runtime(), or a [reply.Driver] such as
// dynamodb.Replies().
type Option interface {
	// Option is how the option is written.
	Option() string
}

// Platform is an [Option] by which an app runs in a place of its own kind.
type Platform struct {
	// Name is how the option is written, such as "lambda.Runtime()".
	Name string
	// Variable is set in the environment where the app is to run so.
	Variable string
	// Start runs the app until the platform ends it. chains returns the chains of
	// a file, "" for those that were built in; options are all that are linked.
	Start func(ctx context.Context, environ []string, chains LoadChains, stderr io.Writer, options ...Option) error
	// RemoteSteps reach, wherever the app runs, the steps that need the option.
	RemoteSteps RemoteSteps
}

// LoadChains reads the chains of a file, "" for those that were built in.
type LoadChains func(file string, opts ...chainfile.Option) ([]functions.Chain, error)

// Option implements [Option].
func (p Platform) Option() string { return p.Name }

// Main is the whole of a program: it serves chains, which are the text of a
// chain.yaml, over HTTP or as events, by the functions that they name. It looks at
// the environment once, for where it runs:
//
//   - AWS_LAMBDA_RUNTIME_API is set: as a function on AWS Lambda, with the option
//     lambda.Runtime()
//   - HOMING_ROLE or K_SERVICE is set: as a container, in that role, on every
//     interface
//   - else as a local server with all steps, on loopback
//
// docs/configuration.md lists what can be set. Main does not return: the first
// SIGINT or SIGTERM drains and ends the process, with code 0 if all calls could
// finish. What keeps it from serving is logged, and the code is then 1, or 2 for an
// invalid configuration.
func Main(chains []byte, fns functions.Map, options ...Option) {
	a := app{chains, fns, options}
	os.Exit(a.main(local.UntilSignal(context.Background()), os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// app is what a user has written.
type app struct {
	chains  []byte
	fns     functions.Map
	options []Option
}

// Exit codes.
const (
	failed  = 1
	misused = 2
)

// misuse is an error of what was set, before anything was tried.
type misuse struct{ error }

func (m misuse) Unwrap() error { return m.error }

func (a app) main(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	err := a.run(ctx, args, environ, stdout, stderr)
	if err == nil {
		return 0
	}
	slog.New(settings.LogHandler(stderr, slog.LevelInfo, "auto")).ErrorContext(ctx, "this app cannot serve", "error", err)
	if _, ok := errors.AsType[misuse](err); ok {
		return misused
	}
	return failed
}

func (a app) run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	ready := showRoutes
	switch {
	case len(args) == 1 && args[0] == describe.Argument:
		return a.describe(stdout)
	case len(args) == 1 && args[0] == describe.Serve:
		ready = printAddress
	case len(args) > 0:
		return misuse{fmt.Errorf("an app takes no arguments, but it has %q; set the environment, as docs/configuration.md says", args[0])}
	}
	getenv := settings.Getenv(environ)
	if getenv(lambdaVariable) != "" {
		for _, o := range a.options {
			if p, ok := o.(Platform); ok && p.Variable == lambdaVariable {
				return p.Start(ctx, environ, a.load, stderr, a.options...)
			}
		}
		return misuse{fmt.Errorf("%s is set, so this is AWS Lambda: %s", lambdaVariable, linkLambda)}
	}
	load := func() (settings.Config, error) {
		return settings.Load(settings.Input{Runtime: settings.RuntimeOf(environ), Environ: environ})
	}
	cfg, err := load()
	if err != nil {
		return misuse{err}
	}
	log := slog.New(cfg.Handler(stderr))
	stop, err := cfg.Observe(ctx, log, load)
	if err != nil {
		return err
	}
	defer stop()
	return a.serve(ctx, cfg, environ, log, func(s serving) error { return ready(ctx, stdout, s) })
}

// What asks for a platform that may not be linked.
const (
	lambdaVariable = "AWS_LAMBDA_RUNTIME_API"
	// linkLambda is what to do if that option is missing.
	linkLambda = "link it with the option lambda.Runtime() of github.com/homing-dev/homing/runtimes/lambda"
	// linkSigV4 is the same of the calls that are signed.
	linkSigV4 = "link it with the option sigv4.Steps() of github.com/homing-dev/homing/runtimes/sigv4"
)

// serve serves until ctx ends, and drains. ready is called when it listens.
func (a app) serve(
	ctx context.Context, cfg settings.Config, environ []string, log *slog.Logger, ready func(serving) error,
) error {
	chains, err := a.load(cfg.Chain, cfg.Serve(environ))
	if err != nil {
		return err
	}
	service, err := NewService(ctx, cfg, chains, log, a.options...)
	if err != nil {
		return err
	}
	defer service.Close()
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w; HOMING_LISTEN names another address", cfg.Listen, err)
	}
	cfg.Warn(ctx, log, ln.Addr().String())
	log.InfoContext(ctx, "serving", "role", cfg.Role, "address", ln.Addr().String())
	if err := ready(serving{cfg, log, chains, ln.Addr().String()}); err != nil {
		return errors.Join(err, ln.Close())
	}
	cfg.Server.Service, cfg.Server.Logger = service, log
	if err := cfg.Server.Serve(ctx, ln); err != nil {
		return err
	}
	log.InfoContext(ctx, "stopped")
	return nil
}

// NewService creates what [Main] serves over HTTP of a configuration that was read
// already. The caller closes it.
func NewService(
	ctx context.Context, cfg knative.Config, chains []functions.Chain, log *slog.Logger, options ...Option,
) (knative.Service, error) {
	var recorder *console.Recorder
	if cfg.Console {
		recorder = console.New(console.Options{Tokens: cfg.Secured()})
		log = slog.New(recorder.Log(log.Handler()))
	}
	remote := remoteSteps(options)
	remote[inline.OIDC] = inline.WithIDTokens(cfg.OIDCTokenFile)
	if err := checkReachable(chains, remote); err != nil {
		return nil, err
	}
	var err error
	if cfg.Verifier, err = Verifier(cfg, log, options...); err != nil {
		return nil, misuse{err}
	}
	store, err := openStore(ctx, cfg, log, options)
	if err != nil {
		return nil, err
	}
	if recorder != nil {
		recorder.Store = store
	}
	bodies, err := openBodies(ctx, cfg, options, store)
	if err != nil {
		_ = replies.Close(store) // nothing was done with it
		return nil, err
	}
	service, err := knative.New(cfg, chains, knative.Options{Store: store, Bodies: bodies, RemoteSteps: remote, Logger: log, Console: recorder})
	if err != nil {
		_ = replies.Close(store) // nothing was done with it
		return nil, err
	}
	return withStore{service, store, log}, nil
}

// load returns the chains of a file, or those that were built in.
func (a app) load(file string, opts ...chainfile.Option) ([]functions.Chain, error) {
	known, err := a.fns.Functions()
	if err != nil {
		return nil, err
	}
	var chains []functions.Chain
	if file != "" {
		chains, err = chainfile.Load(file, known, opts...)
	} else {
		chains, err = chainfile.Parse("chain.yaml", a.chains, known, opts...)
	}
	return a.fns.WithTypes(chains), err
}

// checkReachable finds steps that need an option.
func checkReachable(chains []functions.Chain, remote RemoteSteps) error {
	for _, c := range chains {
		for _, s := range c.Steps {
			scheme, _, _ := strings.Cut(s.URL, ":")
			if _, linked := remote[scheme]; scheme == "lambda" && !linked {
				return fmt.Errorf("step %s of chain %s runs at %s: %s", s.Name, c.Name, s.URL, linkLambda)
			}
			if _, linked := remote[inline.SigV4]; s.Auth.SigV4 != "" && s.Remote != nil && !linked {
				return fmt.Errorf("step %s of chain %s has auth sigv4: %s", s.Name, c.Name, linkSigV4)
			}
		}
	}
	return nil
}

func remoteSteps(options []Option) RemoteSteps {
	all := RemoteSteps{}
	for _, o := range options {
		if p, ok := o.(Platform); ok {
			maps.Copy(all, p.RemoteSteps)
		}
	}
	return all
}

// Drivers returns the reply stores among options.
func Drivers(options ...Option) []reply.Driver {
	var all []reply.Driver
	for _, o := range options {
		if d, ok := o.(reply.Driver); ok {
			all = append(all, d)
		}
	}
	return all
}

// Verifier returns what checks the JWTs that cfg lets in, by one of the options; nil
// if it lets none in.
func Verifier(cfg settings.Config, log *slog.Logger, options ...Option) (adapter.Verifier, error) {
	if len(cfg.JWT.Issuers) == 0 {
		return nil, nil //nolint:nilnil // none are let in
	}
	for _, o := range options {
		if i, ok := o.(adapter.Identities); ok {
			v, err := i.New(cfg.JWT, log)
			if err != nil {
				return nil, fmt.Errorf("HOMING_JWT_ISSUERS: %w", err)
			}
			return v, nil
		}
	}
	return nil, errors.New("HOMING_JWT_ISSUERS is set: link it with the option oidc.Tokens() of github.com/homing-dev/homing/runtimes/oidc")
}

// openStore opens the reply store that the settings of a process ask for; nil
// means what the runtime has without one. A vertex completes requests in a store
// that adapters share by HOMING_STORE.
func openStore(ctx context.Context, cfg settings.Config, log *slog.Logger, options []Option) (reply.Store, error) {
	var asking []string
	switch cfg.Role {
	case settings.RoleAll, settings.RoleAdapter, settings.RoleFailure:
		asking = []string{"store", "table"}
	case settings.RoleVertex:
		asking = []string{"store"}
	}
	store, err := replies.Open(ctx, cfg, log, Drivers(options...), asking...)
	if missing, ok := errors.AsType[*replies.MissingError](err); ok {
		return nil, misuse{missing}
	}
	return store, err
}

// openBodies opens what keeps the bodies of adapters and vertices that are too large
// for a carrier; nil means that nothing does.
func openBodies(ctx context.Context, cfg settings.Config, options []Option, store reply.Store) (reply.Bodies, error) {
	if cfg.Role != settings.RoleAdapter && cfg.Role != settings.RoleVertex {
		return nil, nil //nolint:nilnil // all steps run in this process
	}
	bodies, err := replies.OpenBodies(ctx, cfg, Drivers(options...), store)
	if missing, ok := errors.AsType[*replies.MissingError](err); ok {
		return nil, misuse{missing}
	}
	return bodies, err
}

// withStore is a service that closes its store.
type withStore struct {
	knative.Service

	store reply.Store
	log   *slog.Logger
}

// Close implements [knative.Service].
func (s withStore) Close() {
	s.Service.Close()
	if err := replies.Close(s.store); err != nil {
		s.log.Warn("the reply store was not closed", "error", err)
	}
}
