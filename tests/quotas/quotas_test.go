package quotas_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/dynamodb"
	"github.com/homing-dev/homing/adapter/reply/redis"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/dynalite"
	"github.com/homing-dev/homing/runtimes"
	"github.com/homing-dev/homing/tests/internal/wait"
	"github.com/homing-dev/homing/tests/redisserver"
	"github.com/homing-dev/homing/tests/told"
)

// server is one that stores use.
type server struct {
	open   func(t *testing.T) reply.Store
	pause  func() error
	resume func() error
}

func onRedis(t *testing.T, path string) server {
	t.Helper()
	s, err := redisserver.Start(t.Context(), redisserver.Options{Path: path, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return server{pause: s.Pause, resume: s.Resume, open: func(t *testing.T) reply.Store {
		t.Helper()
		store, err := redis.Open(t.Context(), s.URL(), redis.Options{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		return store
	}}
}

func onDynalite(t *testing.T) server {
	t.Helper()
	s, err := dynalite.Start(t.Context(), dynalite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop() })
	client := func() *sdk.Client {
		return sdk.New(sdk.Options{
			Region: "eu-central-1", BaseEndpoint: aws.String(s.URL()),
			Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		})
	}
	const table = "replies"
	if _, err := client().CreateTable(t.Context(), dynamodb.Schema(table, false)); err != nil {
		t.Fatal(err)
	}
	in := &sdk.DescribeTableInput{TableName: aws.String(table)}
	if err := sdk.NewTableExistsWaiter(client()).Wait(t.Context(), in, time.Minute); err != nil {
		t.Fatal(err)
	}
	return server{open: func(t *testing.T) reply.Store {
		t.Helper()
		store, err := dynamodb.New(dynamodb.Options{Client: client(), Table: table})
		if err != nil {
			t.Fatal(err)
		}
		return store
	}}
}

// each runs a test on each server.
func each(t *testing.T, run func(t *testing.T, s server)) {
	t.Helper()
	redisPath, err := redisserver.Redis()
	if err != nil {
		t.Fatal(err)
	}
	valkeyPath, err := redisserver.Valkey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, start := range map[string]func(*testing.T) server{
		"redis": func(t *testing.T) server { t.Helper(); return onRedis(t, redisPath) }, "valkey": func(t *testing.T) server { t.Helper(); return onRedis(t, valkeyPath) },
		"dynalite": onDynalite,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, start(t))
		})
	}
}

const burst, rate = 20, 20

// replica is one of several adapters.
type replica struct {
	*adapter.Adapter

	log    *locked
	quotas *told.Counting
}

// noting is a store that notes what is told of quotas: one that notifies, or one
// that is polled.
func noting(store reply.Store, quotas *told.Counting) reply.Store {
	if n, ok := store.(reply.Notifier); ok {
		return struct {
			reply.Store
			reply.Notifier
			*told.Counting
		}{store, n, quotas}
	}
	return struct {
		reply.Store
		reply.Scanner
		*told.Counting
	}{store, store.(reply.Scanner), quotas}
}

func newReplicas(t *testing.T, s server, quota adapter.Quota) (out [3]replica) {
	t.Helper()
	wait := func(ctx context.Context, in event.Event) (*event.Event, error) {
		if functions.Header(in, "X") != "" {
			<-ctx.Done()
		}
		return &in, nil
	}
	for i := range out {
		chain := functions.Chain{
			Name: "x", Method: http.MethodPost, Path: "/x", Headers: []string{"X"},
			Rate:  functions.Rate{Requests: rate, Burst: burst},
			Steps: []functions.Step{{Name: "x", Function: wait}},
		}
		free := functions.Chain{
			Name: "free", Method: http.MethodPost, Path: "/free", Headers: []string{"X"}, AsyncTimeout: time.Hour,
			Steps: []functions.Step{{Name: "x", Function: wait}},
		}
		log, store := &locked{}, s.open(t)
		quotas := &told.Counting{Counting: store.(reply.Counting)}
		a, err := runtimes.Inline([]functions.Chain{chain, free}, adapter.Config{
			Store: noting(store, quotas), SharedStore: true, Quotas: map[string]adapter.Quota{"": quota}, Logger: slog.New(slog.NewTextHandler(log, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(a.Close)
		out[i] = replica{a, log, quotas}
	}
	return out
}

// locked is a log that many goroutines write.
type locked struct {
	mu      sync.Mutex
	written bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.written.Write(p)
}

func (l *locked) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.written.String()
}

const (
	notShared = "quotas are not shared"
	again     = "quotas are shared again"
)

// without returns how often the replicas were without the server.
func without(all [3]replica) (n int) {
	for _, one := range all {
		n += strings.Count(one.log.text(), notShared)
	}
	return n
}

// share waits until all replicas have the server.
func share(t *testing.T, all [3]replica) {
	t.Helper()
	for _, one := range all {
		wait.Eventually(t, again, func() bool {
			one.call(t.Context(), "/x")
			text := one.log.text()
			return strings.Count(text, notShared) == strings.Count(text, again)
		})
	}
}

// offerShared is offer for as long as it takes to do so with the server, which a
// machine that stands still for a second keeps from answering in time.
func offerShared(t *testing.T, all [3]replica, d time.Duration) (passed int, took time.Duration) {
	t.Helper()
	for end := time.Now().Add(wait.Patience); ; {
		share(t, all)
		before := without(all)
		passed, took, _ = offer(t, all, d)
		if without(all) == before {
			return passed, took
		}
		if t.Logf("the server was out of reach meanwhile"); time.Now().After(end) {
			t.Fatal("the server is out of reach")
		}
	}
}

func (r replica) call(ctx context.Context, path string, headers ...string) int {
	req := httptest.NewRequestWithContext(ctx, http.MethodPost, path, strings.NewReader("x"))
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w.Code
}

// offer has each replica called some 50 times a second for a time, and returns how many
// calls were let in, for how long it took in the end, and the longest call.
func offer(t *testing.T, all [3]replica, d time.Duration) (passed int, took, longest time.Duration) {
	t.Helper()
	var in, most atomic.Int64
	begin := time.Now()
	var running sync.WaitGroup
	for _, one := range all {
		running.Go(func() {
			for time.Since(begin) < d {
				called := time.Now()
				if one.call(t.Context(), "/x") == http.StatusOK {
					in.Add(1)
				}
				if took := int64(time.Since(called)); took > most.Load() {
					most.Store(took)
				}
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
	running.Wait()
	return int(in.Load()), time.Since(begin), time.Duration(most.Load())
}

// bound is how many calls three replicas let in at most: what is documented.
func bound(d time.Duration) int { return int(rate*d.Seconds()) + burst + 2*(burst+rate) }

func TestAdaptersShareARate(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s server) {
		all := newReplicas(t, s, adapter.Quota{})
		passed, took := offerShared(t, all, 8*time.Second)
		t.Logf("%d calls were let in within %s, of 3 × %d a second", passed, took, rate)
		if most := bound(took); passed > most {
			t.Errorf("%d calls were let in within %s, want %d at most", passed, took, most)
		}
		if least := rate * 4; passed < least {
			t.Errorf("%d calls were let in within %s, want %d at least", passed, took, least)
		}
		for _, one := range all {
			for line := range strings.Lines(one.log.text()) {
				if !strings.Contains(line, notShared) && !strings.Contains(line, again) {
					t.Errorf("logged %s", line)
				}
			}
		}
	})
}

func TestAdaptersShareHowManyCallsRun(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s server) {
		all := newReplicas(t, s, adapter.Quota{Concurrency: 3})
		hold := func(i int) int { return all[i].call(t.Context(), "/free", "X", "hold", "Prefer", "respond-async") }
		for range 2 {
			if got := hold(0); got != http.StatusAccepted {
				t.Fatalf("got %d", got)
			}
		}
		all[0].quotas.Again(t) // it has told the others
		held := 0
		for range 20 {
			if i := 1 + held%2; hold(i) == http.StatusAccepted {
				held++
				all[i].quotas.Again(t) // it knows of the others
			}
		}
		if held < 1 || held > 2 { // two at most before they know
			t.Errorf("%d calls more were let in than 2 of 3", held)
		}
		all[0].quotas.Again(t)
		if got := hold(0); got != http.StatusTooManyRequests {
			t.Errorf("got %d", got)
		}
	})
}

func TestACallWaitsForNoServer(t *testing.T) {
	t.Parallel()
	path, err := redisserver.Redis()
	if err != nil {
		t.Fatal(err)
	}
	s := onRedis(t, path)
	all := newReplicas(t, s, adapter.Quota{})
	if err := s.pause(); err != nil {
		t.Fatal(err)
	}
	passed, took, longest := offer(t, all, 5*time.Second)
	t.Logf("without the server %d calls were let in within %s; the longest took %s", passed, took, longest)
	if most := 3 * (int(rate*took.Seconds()) + burst); passed > most {
		t.Errorf("%d calls were let in without the server, want %d at most", passed, most)
	}
	for _, one := range all {
		if n := strings.Count(one.log.text(), notShared); n != 1 {
			t.Errorf("logged %d times: %s", n, one.log.text())
		}
	}
	if err := s.resume(); err != nil {
		t.Fatal(err)
	}
	passed, took = offerShared(t, all, 5*time.Second)
	if most := bound(took); passed > most {
		t.Errorf("with the server again %d calls were let in within %s, want %d at most", passed, took, most)
	}
}

// A process that is frozen between calls, as on Lambda, and has not run before, counts
// the call that it begins with.
func TestProcessesThatAreFrozenShareARate(t *testing.T) {
	t.Parallel()
	s := onDynalite(t)
	passed, alone := 0, 0
	begin := time.Now()
	for calls := 2 * burst; calls > 0; calls-- {
		if alone > 10*burst {
			t.Fatalf("%d calls were counted by their process alone", alone)
		}
		log := &locked{}
		echo := func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }
		a, err := runtimes.Inline([]functions.Chain{{
			Name: "x", Method: http.MethodPost, Path: "/x", Rate: functions.Rate{Requests: 1, Burst: burst},
			Steps: []functions.Step{{Name: "x", Function: echo}},
		}}, adapter.Config{Store: s.open(t), SharedStore: true, FreezesAfterResponse: true, Logger: slog.New(slog.NewTextHandler(log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		if (replica{Adapter: a}).call(t.Context(), "/x") == http.StatusOK {
			passed++
		}
		a.Close()
		if strings.Contains(log.text(), notShared) { // the table has not answered within the call's patience
			alone++
			calls++
		}
	}
	most := burst + alone + int(time.Since(begin).Seconds()) + 2 // the clock of the table is known to within a second
	if passed < burst || passed > most {
		t.Errorf("of %d calls %d were let in, want %d to %d; %d knew of no other", 2*burst+alone, passed, burst, most, alone)
	}
}
