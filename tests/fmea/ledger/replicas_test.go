package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// built is the command, which is built once for all tests of this process.
func built(t *testing.T) string {
	t.Helper()
	command, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	return command
}

// replicas are two adapters over a store, and no faults.
func replicas(t *testing.T, kind, shape string) config {
	t.Helper()
	c := short(t)
	c.store, c.shape, c.kinds, c.calm = kind, shape, nil, true
	return c
}

// In these modes each call is made at one adapter, and fetched, polled, streamed,
// cancelled or repeated at the other.
func acrossModes() []string {
	return []string{modeFetch, modePoll, modeStream, modeCancel, modeKeyed, modeKeyedAsync}
}

func TestAnyReplicaAnswersForTheOther(t *testing.T) { //nolint:tparallel // one run after the other has the machine
	t.Parallel()
	for _, tt := range []struct{ store, shape string }{{storeRedis, shapeBroker}, {storeRedis, shapeInline}, {storeDynamoDB, shapeInline}} {
		t.Run(tt.store+" "+tt.shape, func(t *testing.T) {
			cfg := replicas(t, tt.store, tt.shape)
			cfg.calls, cfg.rate, cfg.modes = 150, 20, acrossModes()
			l, err := soak(t.Context(), cfg, t.Output())
			if err != nil || l.failed() {
				t.Fatalf("%v\n%s", err, l.report())
			}
			for outcome := range l.accepted {
				if outcome != string(final) && outcome != string(cancelled) {
					t.Errorf("accepted calls ended as %v", l.accepted)
				}
			}
			for _, mode := range cfg.modes {
				outcomes := maps.Clone(l.outcomes[mode])
				results := outcomes[string(final)]
				delete(outcomes, string(final))
				if mode == modeCancel {
					delete(outcomes, string(cancelled))
				}
				if !strings.HasPrefix(mode, modeKeyed) { // the store was too slow to accept it, and who has a key tries again
					delete(outcomes, "error 503")
				}
				if results == 0 || len(outcomes) > 0 {
					t.Errorf("%s: %v", mode, l.outcomes[mode])
				}
			}
		})
	}
}

// Adapters are restarted one after the other, and killed, under load: what was
// accepted has its reply, and a sync call is found again by its key.
func TestRestartsOfAdaptersLoseNoAcceptedCall(t *testing.T) { //nolint:tparallel // one run after the other has the machine
	t.Parallel()
	for name, tt := range map[string]struct {
		shape string
		kinds []string
		modes []string
	}{
		"vertices, restarted and killed": {shapeBroker, []string{faultRoll, faultKill}, acrossModes()},
		"inline, restarted":              {shapeInline, []string{faultRoll}, acrossModes()},
		// A killed adapter takes what it runs with it: the key has it run again.
		"inline, killed": {shapeInline, []string{faultKill}, []string{modeKeyed}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := replicas(t, storeRedis, tt.shape)
			cfg.calls, cfg.rate, cfg.duration = 1500, 60, 20*time.Second
			cfg.kinds, cfg.targets, cfg.modes = tt.kinds, []string{"adapter"}, tt.modes
			l, err := soak(t.Context(), cfg, t.Output())
			if err != nil || l.failed() {
				t.Fatalf("%v\n%s", err, l.report())
			}
			accepted := maps.Clone(l.accepted)
			delete(accepted, string(final))
			delete(accepted, string(cancelled))
			if len(accepted) > 0 || len(tt.modes) > 1 && l.accepted[string(final)] == 0 || len(l.done) == 0 {
				t.Errorf("accepted calls ended as %v\n%s", l.accepted, l.report())
			}
			for _, mode := range tt.modes {
				if o := l.outcomes[mode]; strings.HasPrefix(mode, modeKeyed) && (len(o) != 1 || o[string(final)] == 0) {
					t.Errorf("%s: %v", mode, o)
				}
			}
		})
	}
}

// waiting opens a long poll or a stream at an adapter, and holds it until ctx ends.
// answered counts those whose answer has begun: streams that are held, and long polls
// that are over.
func waiting(ctx context.Context, client *http.Client, url string, stream bool, answered *atomic.Int64) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	if stream {
		req.Header.Set("Accept", "text/event-stream")
	} else {
		req.Header.Set("Prefer", "wait=60")
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	answered.Add(1)
	<-ctx.Done()
	return nil
}

// waitersAt returns how many connections wait at an adapter.
func waitersAt(t *testing.T, url string) int64 {
	t.Helper()
	resp, err := http.Get(url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var n int64
	_, text, _ := strings.Cut(string(page), "\nhoming_connections_waiting ")
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Who waits at one replica for requests of the other takes no connection of the
// store and no time of anybody else's.
func TestWaitersForAnotherReplicaDelayNobody(t *testing.T) {
	t.Parallel()
	const each = 300
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cfg := replicas(t, storeRedis, shapeInline)
	s := newSystem(cfg, t.TempDir())
	s.limits.async = 5 * time.Minute
	defer s.end()
	expect, err := s.open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	one, two := adapter{s.adapters[0].name, s.adapters[0].url()}, adapter{s.adapters[1].name, s.adapters[1].url()}
	k := newCallers([2]adapter{one, two}, s.limits, newTimeline(), expect, newDice(1, streamCallers))
	defer k.client.CloseIdleConnections()
	server := goredis.NewClient(&goredis.Options{Addr: s.store.server.address()})
	defer server.Close()

	ask := func(c *call, at int) (look, string) { // again, if the store was too slow to accept it
		const tries = 30
		for range tries {
			if l, location := k.ask(ctx, c, at, 0); l.kind != trouble || !pause(ctx, time.Second) {
				return l, location
			}
		}
		return k.ask(ctx, c, at, 0)
	}
	keyed := func(n int) time.Duration { // at the second adapter
		c := &call{n: n, mode: modeKeyed, chain: chainVertex, plan: plan{nonce: fmt.Sprintf("n1-%d", n), end: endResult}}
		l, _ := ask(c, 1)
		if l.kind != final {
			t.Errorf("keyed call %d: %s %d %s", n, l.kind, l.status, l.why)
		}
		return l.ended.Sub(l.began)
	}
	const calls = 200
	measure := func(first int) []time.Duration {
		var took []time.Duration
		for n := range calls {
			took = append(took, keyed(first+n))
		}
		slices.Sort(took)
		return took
	}
	measure(0) // opens the connections that calls need
	before, connected := measure(calls), clients(t, server)

	waiters := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: -1}}
	var open sync.WaitGroup
	failures := make(chan error, 2*each)
	var streams, polls atomic.Int64 // whose answer has begun
	for n := range 2 * each {
		c := &call{n: n, mode: modeFetch, chain: chainVertex, plan: plan{nonce: fmt.Sprintf("n2-%d", n), seal: 4 * time.Minute, end: endResult}}
		l, location := ask(c, 0)
		if l.kind != pending {
			t.Fatalf("call %d: %s %d %s", n, l.kind, l.status, l.why)
		}
		answered := &polls
		if n%2 == 0 {
			answered = &streams
		}
		open.Go(func() {
			if err := waiting(ctx, waiters, two.url+location, n%2 == 0, answered); err != nil && ctx.Err() == nil {
				failures <- err
			}
		})
	}
	for streams.Load() < each || waitersAt(t, two.url)+polls.Load() < 2*each {
		if !pause(ctx, tickEvery) || len(failures) > 0 {
			t.Fatalf("%d streams: %v", streams.Load(), <-failures)
		}
	}
	during, more := measure(2*calls), clients(t, server)
	t.Logf("a keyed call: p50 %s, p95 %s; with %d waiters: p50 %s, p95 %s; connections of the store: %d, then %d",
		before[calls/2], before[calls*95/100], 2*each, during[calls/2], during[calls*95/100], connected, more)
	const pools = 2 * 32 // what two adapters have at most for calls that come at once, as those of the waiters have
	if more > connected+pools {
		t.Errorf("%d connections of the store, %d before anybody waited", more, connected)
	}
	// Those calls are compared that took the least: what waiters take they take of each
	// call, and what other tests take of the machine they do not.
	const slack = 20 * time.Millisecond
	if during[0] > 2*before[0]+slack {
		t.Errorf("a keyed call takes %s at least with waiters, %s without", during[0], before[0])
	}
	cancel()
	open.Wait()
	close(failures)
	for err := range failures {
		t.Error(err)
	}
}

// clients returns how many connections a server has.
func clients(t *testing.T, server *goredis.Client) int {
	t.Helper()
	list, err := server.ClientList(t.Context()).Result()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, c := range list {
		if c == '\n' {
			n++
		}
	}
	return n
}

// short is what the tests of whole runs have in common.
func short(t *testing.T) config {
	t.Helper()
	c := defaults()
	c.seed, c.callers, c.stop, c.race, c.progress, c.command = 1, 1000, 6*time.Second, raced, 0, built(t)
	return c
}
