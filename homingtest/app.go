package homingtest

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/runtimes"
)

// File is the name of the file that declares chains.
const File = "chain.yaml"

// App is the chains of a test, served by an adapter that keeps replies in memory.
// It is safe for concurrent use.
type App struct {
	t       testing.TB
	adapter *adapter.Adapter
}

// Option changes what [New] creates.
type Option func(*settings)

type settings struct {
	remote  map[string]any
	network bool
	config  []func(*adapter.Config)
}

// Remote replaces a step that runs at a URL. The step is its name, or
// "chain/step" where several chains have one of that name. By is a function, as in
// [functions.Map], or an [http.Handler] or func(http.ResponseWriter, *http.Request)
// that gets what a server at the URL would get. In a test, secrets of chain.yaml that
// are not set have a value that is made up, "value-of-" and their name.
func Remote(step string, by any) Option {
	return func(s *settings) { s.remote[step] = by }
}

// Network lets steps that are not replaced by [Remote] reach their URLs, such as
// that of an httptest.Server. Without it such a step fails with 502, and the test
// with it.
func Network() Option {
	return func(s *settings) { s.network = true }
}

// Config changes the configuration of the adapter: its tokens, limits or base path.
// Store and Logger are set already.
func Config(change func(*adapter.Config)) Option {
	return func(s *settings) { s.config = append(s.config, change) }
}

// New creates the app of chains, which are the text of a chain.yaml, and of the
// functions that they name. The test ends at once if they are invalid. When it is
// over, calls that still run get a second to end, and are stopped then.
func New(tb testing.TB, chains []byte, fns functions.Map, options ...Option) *App {
	tb.Helper()
	a, err := create(tb, chains, fns, options)
	if err != nil {
		tb.Fatalf("homingtest: %v", err)
	}
	return a
}

// NewFS is [New] with the chain.yaml of a folder, such as os.DirFS(".").
func NewFS(tb testing.TB, folder fs.FS, fns functions.Map, options ...Option) *App {
	tb.Helper()
	chains, err := fs.ReadFile(folder, File)
	if err != nil {
		tb.Fatalf("homingtest: read the chains: %v", err)
	}
	return New(tb, chains, fns, options...)
}

func create(tb testing.TB, text []byte, fns functions.Map, options []Option) (*App, error) {
	tb.Helper()
	s := settings{remote: map[string]any{}}
	for _, set := range options {
		set(&s)
	}
	known, err := fns.Functions()
	if err != nil {
		return nil, err
	}
	chains, err := chainfile.Parse(File, text, known)
	if err != nil {
		return nil, fmt.Errorf("the chains are invalid:\n%w", err)
	}
	remote := &remoteSteps{t: tb, network: s.network, by: s.remote}
	if err := remote.find(chains); err != nil {
		return nil, err
	}
	if chains, err = chainfile.Parse(File, text, known, remote.environment(chains)); err != nil {
		return nil, fmt.Errorf("the chains cannot be served:\n%w", err)
	}
	if err := remote.bind(chains); err != nil {
		return nil, err
	}
	client := carrier.NewClient(carrier.Options{Transport: remote})
	cfg := adapter.Config{
		Store:  memory.New(memory.Options{}),
		Logger: slog.New(slog.NewTextHandler(tb.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, change := range s.config {
		change(&cfg)
	}
	serving, err := runtimes.Inline(runtimes.BindRemoteSteps(client, fns.WithTypes(chains), nil), cfg)
	if err != nil {
		return nil, err
	}
	a := &App{t: tb, adapter: serving}
	tb.Cleanup(func() {
		a.close()
		remote.close()
	})
	return a, nil
}

// patience is how long calls may run on when their test is over.
const patience = time.Second

func (a *App) close() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(a.t.Context()), patience)
	defer cancel()
	if err := a.adapter.Drain(ctx); err != nil {
		a.t.Log("homingtest: a call still ran when the test was over, and was stopped")
	}
	a.adapter.Close()
}
