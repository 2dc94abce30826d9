package peer

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/runtimes/knative"
	"github.com/homing-dev/homing/runtimes/local"
)

// chainName is the name of the chain of every work.
const chainName = "work"

// chainTimeout leaves time to open all connections that wait at once. A timeout
// costs the same, however long it is.
const chainTimeout = 5 * time.Minute

// drain is short: nobody waits for the calls that run when a server is stopped.
const drain = time.Second

// serveHoming serves the steps as a chain, as cmd/homing would.
func serveHoming(ctx context.Context, ln net.Listener, steps []functions.Function) error {
	return serveChain(ctx, ln, chainOf(steps))
}

// serveHomingHops serves the chain whose steps run at URLs.
func serveHomingHops(ctx context.Context, ln net.Listener, urls []string) error {
	chain := chainOf(make([]functions.Function, len(urls)))
	for i, url := range urls {
		chain.Steps[i].URL = url
	}
	return serveChain(ctx, ln, chain)
}

func serveChain(ctx context.Context, ln net.Listener, chain functions.Chain) error {
	logger := logger()
	a, err := runtimes.Inline([]functions.Chain{chain}, adapter.Config{
		Store:  memory.New(memory.Options{}),
		Logger: logger,
	})
	if err != nil {
		return fmt.Errorf("put the chain together: %w", err)
	}
	defer a.Close()
	return local.Server{Service: a, Drain: drain, Logger: logger}.Serve(ctx, ln)
}

// serveVertex serves one step of the work, by its number from 1 on, as a chain
// of its own: a step at a URL gets an event without a routing slip.
func serveVertex(ctx context.Context, ln net.Listener, steps []functions.Function, number int) error {
	logger := logger()
	chain := chainOf([]functions.Function{typed(steps[number-1])})
	v, err := knative.New(knative.Config{Role: knative.RoleVertex, Carrier: knative.CarrierHTTP},
		[]functions.Chain{chain}, knative.Options{Logger: logger})
	if err != nil {
		return fmt.Errorf("make the vertex of step %d: %w", number, err)
	}
	defer v.Close()
	return local.Server{Service: v, Drain: drain, Logger: logger}.Serve(ctx, ln)
}

// typed returns a function whose results have the type by which the next
// vertex finds its chain.
func typed(f functions.Function) functions.Function {
	return func(ctx context.Context, in event.Event) (*event.Event, error) {
		out, err := f(ctx, in)
		if err == nil && out != nil {
			out.SetType("homing." + chainName)
		}
		return out, err
	}
}

func chainOf(steps []functions.Function) functions.Chain {
	chain := functions.Chain{Name: chainName, Method: http.MethodPost, Path: Path, Timeout: chainTimeout}
	for i, f := range steps {
		chain.Steps = append(chain.Steps, functions.Step{Name: stepName(i + 1), Function: f})
	}
	return chain
}

func stepName(number int) string { return "step-" + strconv.Itoa(number) }

func logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}
