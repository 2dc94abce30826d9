package redis_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/homing-dev/homing/adapter/reply/redis"
	"github.com/homing-dev/homing/tests/leaks"
	"github.com/homing-dev/homing/tests/redisserver"
)

// The programs of this package's tests.
var redisPath, valkeyPath string

// The servers that the tests share which do them no harm.
var onRedis, onValkey *redisserver.Server

// patience is for how long a server may be silent: longer than any machine is
// so loaded. What hangs in earnest is ended by the test's own timeout.
const patience = time.Hour

func servers() map[string]*redisserver.Server {
	return map[string]*redisserver.Server{"redis": onRedis, "valkey": onValkey}
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	goredis.SetLogger(silence{}) // the store says what is wrong
	var err error
	if redisPath, err = redisserver.Redis(); err != nil {
		return complain(err)
	}
	if valkeyPath, err = redisserver.Valkey(ctx); err != nil {
		return complain(err)
	}
	for path, on := range map[string]**redisserver.Server{redisPath: &onRedis, valkeyPath: &onValkey} {
		dir, err := os.MkdirTemp("", "homing-redis-")
		if err != nil {
			return complain(err)
		}
		defer os.RemoveAll(dir)
		if *on, err = redisserver.Start(ctx, redisserver.Options{Path: path, Dir: dir}); err != nil {
			return complain(err)
		}
		defer (*on).Kill()
	}
	return leaks.Code(m.Run(),
		goleak.IgnoreAnyFunction("os/exec.(*Cmd).Wait"), goleak.IgnoreAnyFunction("os/exec.(*Cmd).Start.func2"))
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// start starts a server for one test.
func start(t *testing.T, opts redisserver.Options) *redisserver.Server {
	t.Helper()
	opts.Path = cmp.Or(opts.Path, redisPath)
	opts.Dir = cmp.Or(opts.Dir, t.TempDir())
	s, err := redisserver.Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return s
}

// open creates a store that waits for an answer for as long as it takes, unless
// the options say otherwise.
func open(t testing.TB, url string, opts redis.Options) *redis.Store {
	t.Helper()
	opts.Attempt, opts.Patience = cmp.Or(opts.Attempt, patience), cmp.Or(opts.Patience, patience)
	s := openImpatient(t, url, opts)
	s.NotifyWaits(patience)
	return s
}

// openImpatient creates a store with the default times.
func openImpatient(t testing.TB, url string, opts redis.Options) *redis.Store {
	t.Helper()
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	s, err := redis.Open(t.Context(), url, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// client is one for what the store does not do.
func client(t testing.TB, url string) *goredis.Client {
	t.Helper()
	opts, err := goredis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	opts.Protocol, opts.DisableIdentity, opts.ReadTimeout = 2, true, patience
	c := goredis.NewClient(opts)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// logged is what was logged.
type logged struct {
	mu      sync.Mutex
	written bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.written.Write(p)
}

func (l *logged) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.written.String()
}

func (l *logged) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// silence is a log of go-redis that nobody reads.
type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}
