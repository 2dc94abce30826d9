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

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/runtimes/local"
)

// chainTimeout leaves time to open all connections that wait at once. A timeout
// costs the same, however long it is.
const chainTimeout = 5 * time.Minute

// drain is short: nobody waits for the calls that run when a server is stopped.
const drain = time.Second

// serveHoming serves the steps as a chain, as cmd/homing would.
func serveHoming(ctx context.Context, ln net.Listener, steps []functions.Function) error {
	chain := functions.Chain{Name: "work", Method: http.MethodPost, Path: Path, Timeout: chainTimeout}
	for i, f := range steps {
		chain.Steps = append(chain.Steps, functions.Step{Name: "step-" + strconv.Itoa(i+1), Function: f})
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
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
