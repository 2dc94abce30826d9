package runtimes

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/hosts"
	"github.com/homing-dev/homing/internal/problem"
	"github.com/homing-dev/homing/internal/settings"
	"github.com/homing-dev/homing/runtimes/knative"
)

// Instance is an app under the server of Knative's func, in the role that its
// environment names: by default the adapter and all steps.
type Instance struct {
	service knative.Service
	handler http.Handler // service, under the names that it has
	drain   time.Duration
	stop    func() // of what is shown of it
	err     error  // why there is no service
}

// New creates what a function of `func` returns from its own New:
//
//	func New() *runtimes.Instance { return runtimes.New(chains, fns) }
//
// It is what [Main] is for a program. An instance that cannot serve has the reason
// in its log and in its readiness.
func New(chains []byte, fns functions.Map, options ...Option) *Instance {
	a, ctx := app{chains, fns, options}, context.Background()
	load := func() (settings.Config, error) {
		return settings.Load(settings.Input{Runtime: settings.Func, Environ: os.Environ()})
	}
	cfg, err := load()
	log := slog.New(cfg.Handler(os.Stderr))
	i := &Instance{drain: cfg.Server.Drain, err: err, stop: func() {}}
	if err == nil {
		i.stop, i.err = cfg.Observe(ctx, log, load)
	}
	if i.err == nil {
		i.service, i.err = a.service(ctx, cfg, os.Environ(), log)
		i.handler = hosts.Guard(cfg.Server.Hosts, hosts.IsLoopback(settings.FuncAddress(os.Environ())), i.service)
	}
	if i.err != nil {
		log.ErrorContext(ctx, "this instance cannot serve", "error", i.err)
	} else {
		cfg.Warn(ctx, log, settings.FuncAddress(os.Environ()))
	}
	return i
}

// Handle serves a request.
func (i *Instance) Handle(w http.ResponseWriter, r *http.Request) {
	if i.err != nil {
		problem.Write(w, functions.Errorf(http.StatusServiceUnavailable, "this instance cannot serve; its log says why"))
		return
	}
	i.handler.ServeHTTP(w, r)
}

// Ready reports whether the instance takes calls.
func (i *Instance) Ready(context.Context) (bool, error) {
	if i.err != nil {
		return false, i.err
	}
	return i.service.Ready(), nil
}

// Alive reports whether the process should live on.
func (i *Instance) Alive(context.Context) (bool, error) { return true, nil }

// Stop drains: calls that run are finished, or answered with 503 when ctx or the
// time that is set for it ends.
func (i *Instance) Stop(ctx context.Context) error {
	defer i.stop()
	if i.err != nil {
		return nil
	}
	defer i.service.Close()
	ctx, cancel := context.WithTimeout(ctx, i.drain)
	defer cancel()
	return i.service.Drain(ctx)
}

// service creates what an instance serves.
func (a app) service(ctx context.Context, cfg settings.Config, environ []string, log *slog.Logger) (knative.Service, error) {
	chains, err := a.load(cfg.Chain, cfg.Serve(environ))
	if err != nil {
		return nil, err
	}
	return NewService(ctx, cfg, chains, log, a.options...)
}
