// Package function is what a deployment is made of: chain.yaml, and the
// functions that it names. A new function is added to [Functions] and named in
// chain.yaml; nothing else changes.
//
// `func` (Knative) builds this package and serves what [New] returns. The
// command in cmd/homing serves the same chains on a laptop.
package function

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/problem"
	"github.com/homing-dev/homing/internal/samples/quote"
	"github.com/homing-dev/homing/internal/samples/thumbnail"
	"github.com/homing-dev/homing/internal/settings"
	"github.com/homing-dev/homing/internal/settings/replies"
	"github.com/homing-dev/homing/runtimes/knative"
	"github.com/homing-dev/homing/runtimes/lambda"
)

// ChainFile is the chain.yaml that was built in.
//
//go:embed chain.yaml
var ChainFile []byte

// Functions are the functions that chain.yaml may name.
func Functions() (map[string]functions.Function, error) {
	q, err := quote.New()
	if err != nil {
		return nil, fmt.Errorf("prepare the functions of quote: %w", err)
	}
	t := thumbnail.New(thumbnail.Limits{Pixels: maxPixels})
	return map[string]functions.Function{
		"quote.validate":    q.Validate,
		"quote.enrich":      q.Enrich,
		"quote.price":       q.Price,
		"thumbnail.inspect": t.Inspect,
		"thumbnail.resize":  t.Resize,
		"thumbnail.encode":  t.Encode,
	}, nil
}

// maxPixels lets the photo of a 24 megapixel camera through. A picture takes
// four bytes of memory for each pixel while it is scaled, and more in some
// formats.
const maxPixels = 25_000_000

// Chains are the chains of [ChainFile].
func Chains() ([]functions.Chain, error) { return Load("") }

// Load returns the chains of the file at path, or of [ChainFile] if that is "".
func Load(path string) ([]functions.Chain, error) {
	known, err := Functions()
	if err != nil {
		return nil, err
	}
	if path != "" {
		return chainfile.Load(path, known)
	}
	return chainfile.Parse("chain.yaml", ChainFile, known)
}

// Instance is one deployed instance, in the role that its environment names
// (see package runtimes/knative): by default the adapter and all steps.
type Instance struct {
	service knative.Service
	close   func() // of its reply store
	drain   time.Duration
	err     error // why there is no service
}

// New creates an instance of the chains that were built in. An instance that
// cannot be created has the reason in its log and in its readiness.
func New() *Instance {
	cfg, err := settings.Load(settings.Input{Runtime: settings.Func, Environ: os.Environ()})
	log := slog.New(cfg.Handler(os.Stderr))
	i := &Instance{drain: cfg.Server.Drain, err: err}
	if err == nil {
		i.service, i.close, i.err = newService(cfg, log)
	}
	if i.err != nil {
		log.Error("this instance cannot serve", "error", i.err)
	} else {
		cfg.Warn(context.Background(), log, settings.FuncAddress(os.Environ()))
	}
	return i
}

// newService returns the service, and what closes its reply store.
func newService(cfg settings.Config, log *slog.Logger) (knative.Service, func(), error) {
	chains, err := Load(cfg.Chain)
	if err != nil {
		return nil, nil, err
	}
	shared, closeStore, err := replies.Open(context.Background(), cfg, log)
	if err != nil {
		return nil, nil, err
	}
	options := knative.Options{RemoteSteps: lambda.RemoteSteps(), Logger: log}
	if shared != nil {
		options.Store = shared
	}
	service, err := knative.New(cfg, chains, options)
	if err != nil {
		closeStore()
	}
	return service, closeStore, err
}

// Handle serves a request.
func (i *Instance) Handle(w http.ResponseWriter, r *http.Request) {
	if i.err != nil {
		problem.Write(w, functions.Errorf(http.StatusServiceUnavailable, "this instance cannot serve; its log says why"))
		return
	}
	i.service.ServeHTTP(w, r)
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
	if i.err != nil {
		return nil
	}
	defer i.close()
	defer i.service.Close()
	ctx, cancel := context.WithTimeout(ctx, i.drain)
	defer cancel()
	return i.service.Drain(ctx)
}
