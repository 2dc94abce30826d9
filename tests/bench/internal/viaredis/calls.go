package viaredis

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/process"
	"github.com/homing-dev/homing/tests/redisserver"
)

// Starter starts a server of package peer.
type Starter func(ctx context.Context, name peer.Name, args ...string) (*process.Process, error)

// Fsync is when the server writes to its disk what it was told.
type Fsync string

// The values of appendfsync that are measured.
const (
	EverySecond Fsync = "everysec"
	Always      Fsync = "always"
)

// Calls are those of one load.
type Calls struct {
	Fsync       Fsync
	Connections int
	// Count is how many calls were answered, P50 and P99 how long they took.
	Count    int
	P50, P99 time.Duration
	// CPU is what 1000 calls took of adapter, vertex and server together, and
	// Server the server's part of it.
	CPU, Server time.Duration
}

// Server starts a Redis server that writes all to its disk.
func Server(ctx context.Context, dir string, fsync Fsync) (*redisserver.Server, error) {
	path, err := redisserver.Redis()
	if err != nil {
		return nil, err //nolint:wrapcheck // says what is needed
	}
	s, err := redisserver.Start(ctx, redisserver.Options{
		Path: path, Dir: dir, Config: []string{"appendonly yes", "appendfsync " + string(fsync)},
	})
	if err != nil {
		return nil, fmt.Errorf("start Redis: %w", err)
	}
	return s, nil
}

// MeasureCalls measures calls over so many connections at once, each load in turn.
func MeasureCalls(ctx context.Context, start Starter, fsync Fsync, connections []int, warmUp, d time.Duration) (_ []Calls, err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, fmt.Errorf("make a folder for Redis: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	server, err := Server(ctx, dir, fsync)
	if err != nil {
		return nil, err
	}
	defer server.Kill()
	const nowhere = "http://127.0.0.1:1" // a vertex that runs all steps forwards nothing
	vertex, err := start(ctx, peer.RedisVertex, server.URL(), nowhere)
	if err != nil {
		return nil, err
	}
	adapter, err := start(ctx, peer.RedisAdapter, server.URL(), vertex.URL("/"))
	if err != nil {
		return nil, errors.Join(err, vertex.Stop())
	}
	adapter.Behind(vertex)
	defer func() { err = errors.Join(err, adapter.Stop()) }()
	l := load{url: adapter.URL(peer.Path), adapter: adapter, server: server}
	var out []Calls
	for _, n := range connections {
		if _, err := l.run(ctx, n, warmUp); err != nil {
			return nil, err
		}
		c, err := l.run(ctx, n, d)
		if err != nil {
			return nil, err
		}
		c.Fsync = fsync
		out = append(out, c)
	}
	return out, nil
}

type load struct {
	url     string
	adapter *process.Process
	server  *redisserver.Server
}

// run has each connection send its next call when the last one is answered.
func (l load) run(ctx context.Context, connections int, d time.Duration) (Calls, error) {
	ours, servers, err := l.cpu(ctx)
	if err != nil {
		return Calls{}, err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	took, errs := make([][]time.Duration, connections), make([]error, connections)
	var running sync.WaitGroup
	end := time.Now().Add(d)
	for i := range connections {
		running.Go(func() {
			for errs[i] == nil && time.Now().Before(end) {
				began := time.Now()
				errs[i] = l.call(ctx, client)
				took[i] = append(took[i], time.Since(began))
			}
		})
	}
	running.Wait()
	if err := errors.Join(errs...); err != nil {
		return Calls{}, err
	}
	all := slices.Concat(took...)
	slices.Sort(all)
	ours2, servers2, err := l.cpu(ctx)
	if err != nil {
		return Calls{}, err
	}
	const thousand, percent, p50, p99 = 1000, 100, 50, 99
	n := len(all)
	per := func(d time.Duration) time.Duration { return d * thousand / time.Duration(n) }
	return Calls{
		Connections: connections, Count: n, P50: all[n*p50/percent], P99: all[n*p99/percent],
		CPU: per(ours2 - ours + servers2 - servers), Server: per(servers2 - servers),
	}, nil
}

// call makes a call, whose answer must be what it has sent.
func (l load) call(ctx context.Context, client *http.Client) error {
	sent := bytes.Repeat([]byte("x"), Size)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url, bytes.NewReader(sent))
	if err != nil {
		return fmt.Errorf("make a request: %w", err)
	}
	req.Header.Set("Content-Type", "text/plain")
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("call the adapter: %w", err)
	}
	got, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return fmt.Errorf("read the answer of the adapter: %w", err)
	}
	if resp.StatusCode != http.StatusOK || !bytes.Equal(got, sent) {
		return fmt.Errorf("the adapter answers %s: %.200s", resp.Status, got)
	}
	return nil
}

// cpu returns what the processes of Homing and the server have used.
func (l load) cpu(ctx context.Context) (ours, server time.Duration, err error) {
	m, err := l.adapter.Ask(process.CmdMeasure, "")
	if err != nil {
		return 0, 0, fmt.Errorf("ask the processes: %w", err)
	}
	opts, err := goredis.ParseURL(l.server.URL())
	if err != nil {
		return 0, 0, fmt.Errorf("read the URL of Redis: %w", err)
	}
	client := goredis.NewClient(opts)
	defer client.Close() //nolint:errcheck // only of a measurement
	text, err := client.Info(ctx, "cpu").Result()
	if err != nil {
		return 0, 0, fmt.Errorf("ask Redis: %w", err)
	}
	seconds := 0.0
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if name == "used_cpu_sys" || name == "used_cpu_user" {
			v, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return 0, 0, fmt.Errorf("read what Redis answers: %w", err)
			}
			seconds += v
		}
	}
	return m.CPU, time.Duration(seconds * float64(time.Second)), nil
}
