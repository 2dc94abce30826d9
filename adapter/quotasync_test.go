package adapter_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
)

// countingStore is a store of replicas in one process, and counts how often they count.
type countingStore struct {
	*memory.Store

	calls atomic.Int64
	down  atomic.Bool
}

func (s *countingStore) Count(ctx context.Context, u reply.Use) (reply.Total, error) {
	s.calls.Add(1)
	if s.down.Load() {
		<-ctx.Done() // silent
		return reply.Total{}, context.Cause(ctx)
	}
	select {
	case <-time.After(5 * time.Millisecond):
	case <-ctx.Done():
	}
	return s.Store.Count(ctx, u)
}

// replicas are adapters that share quotas.
type replicas struct {
	t     *testing.T
	store *countingStore
	all   []limited
}

func newReplicas(t *testing.T, n int, cfg adapter.Config, chains ...functions.Chain) replicas {
	t.Helper()
	r := replicas{t: t, store: &countingStore{Store: memory.New(memory.Options{})}}
	cfg.Store, cfg.SharedStore = r.store, true
	for range n {
		r.all = append(r.all, newLimited(t, cfg, chains...))
	}
	return r
}

// offer has each replica called so often in a second, for a time, and returns how many
// calls of tenant a are let in.
func (r replicas) offer(d time.Duration, path string, perSecond ...int) int {
	var passed atomic.Int64
	var running sync.WaitGroup
	end := time.Now().Add(d)
	for i, n := range perSecond {
		running.Go(func() {
			time.Sleep(time.Duration(i) * 137 * time.Millisecond) // they do not begin together
			for ; time.Now().Before(end); time.Sleep(time.Second / time.Duration(n)) {
				passed.Add(int64(r.all[i].calls(1, "a", path)))
			}
		})
	}
	running.Wait()
	return int(passed.Load())
}

func TestReplicasShareARate(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rate        functions.Rate
		perSecond   []int
		least, most int // in a minute, beginning with a full bucket
	}{
		"one alone":             {functions.Rate{Requests: 10, Burst: 20}, []int{50}, 600, 620},
		"one, of a small burst": {functions.Rate{Requests: 50, Burst: 5}, []int{120}, 2900, 3005},
		"two, of a small burst": {functions.Rate{Requests: 50, Burst: 5}, []int{100, 100}, 1500, 3060},
		"two, of a second's":    {functions.Rate{Requests: 50, Burst: 50}, []int{100, 100}, 2900, 3150},
		"all alike":             {functions.Rate{Requests: 10, Burst: 20}, []int{20, 20, 20, 20}, 600, 650},
		"one has nearly all":    {functions.Rate{Requests: 10, Burst: 20}, []int{50, 1, 1, 1}, 600, 650},
		"less than the quota":   {functions.Rate{Requests: 100, Burst: 100}, []int{10, 20, 30}, 3500, 3600},
		"a burst of one":        {functions.Rate{Requests: 60, Per: time.Minute, Burst: 1}, []int{5, 5, 5}, 42, 66},
		"a few in a minute":     {functions.Rate{Requests: 6, Per: time.Minute}, []int{5, 5, 5, 5}, 10, 18},
		"many, of a small rate": {functions.Rate{Requests: 5, Burst: 5}, []int{3, 3, 3, 3, 3, 3, 3, 3, 3, 3}, 280, 330},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newReplicas(t, len(tt.perSecond), adapter.Config{}, rated("x", tt.rate))
				got := r.offer(time.Minute, "/x", tt.perSecond...)
				t.Logf("%d calls were let in, by %d of the store", got, r.store.calls.Load())
				if got < tt.least || got > tt.most {
					t.Errorf("%d calls were let in, want %d to %d", got, tt.least, tt.most)
				}
				if n, most := r.store.calls.Load(), int64(len(tt.perSecond)*70); n > most {
					t.Errorf("the store was called %d times, want %d at most", n, most)
				}
			})
		})
	}
}

func TestReplicasThatCannotCountTogetherCountAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReplicas(t, 3, adapter.Config{Quotas: map[string]adapter.Quota{"a": {Rate: functions.Rate{Requests: 10, Burst: 20}, Concurrency: 5}}}, chain("x", echo))
		r.store.down.Store(true)
		if n := r.offer(time.Minute, "/x", 30, 30, 30); n < 1800 || n > 1860 {
			t.Errorf("without the store %d calls were let in, of 3 × 600", n)
		}
		r.store.down.Store(false)
		if n := r.offer(time.Minute, "/x", 30, 30, 30); n < 500 || n > 660 {
			t.Errorf("with the store again %d were", n)
		}
	})
}

func TestOnlyQuotasThatAreUsedAreSynced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReplicas(t, 2, adapter.Config{}, chain("free", echo), rated("x", functions.Rate{Requests: 10}))
		time.Sleep(time.Minute)
		r.offer(time.Minute, "/free", 10, 10)
		if n := r.store.calls.Load(); n != 0 {
			t.Errorf("the store was called %d times for nothing", n)
		}
		r.offer(time.Minute, "/x", 1, 1)
		used := r.store.calls.Load()
		time.Sleep(time.Hour)
		if n := r.store.calls.Load() - used; used < 60 || n > 2 {
			t.Errorf("the store was called %d times in a minute of use, and %d times in the hour behind it", used, n)
		}
	})
}

func TestQuotasMayBePerProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReplicas(t, 2, adapter.Config{QuotasPerProcess: true}, rated("x", functions.Rate{Requests: 10}))
		if n := r.offer(time.Minute, "/x", 30, 30); n < 1200 || n > 1230 || r.store.calls.Load() != 0 {
			t.Errorf("%d calls were let in, and the store was called %d times", n, r.store.calls.Load())
		}
	})
}

func TestReplicasShareHowManyCallsRunAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleep := chain("sleep", func(_ context.Context, in event.Event) (*event.Event, error) {
			time.Sleep(10 * time.Second)
			return &in, nil
		})
		r := newReplicas(t, 3, adapter.Config{Quotas: map[string]adapter.Quota{"a": {Concurrency: 6}}}, sleep)
		begin := func(i int) int {
			return r.all[i].call("a", "/sleep", strings.NewReader("x"), "Prefer", "respond-async").status
		}
		for range 4 {
			if got := begin(0); got != http.StatusAccepted {
				t.Fatalf("got %d", got)
			}
		}
		r.all[1].call("b", "/sleep", strings.NewReader("x"), "Prefer", "respond-async") // others do not count
		begin(1)
		time.Sleep(1100 * time.Millisecond)
		begin(2)
		time.Sleep(1100 * time.Millisecond)
		for i := range r.all {
			if got := begin(i); got != http.StatusTooManyRequests {
				t.Errorf("replica %d let one in beyond the 6 of all: %d", i, got)
			}
		}
		r.all[0].a.Close() // as if it was killed
		time.Sleep(5 * time.Second)
		if got := begin(2); got != http.StatusAccepted {
			t.Errorf("the calls of a replica that is gone still count: %d", got)
		}
		time.Sleep(20 * time.Second)
		for range 6 {
			if got := begin(2); got != http.StatusAccepted {
				t.Errorf("what has ended still counts: %d", got)
			}
		}
		time.Sleep(20 * time.Second)
	})
}

func TestWhatHasNoEffectInAFrozenProcessIsWarnedOf(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	c := chain("x", echo)
	c.Backlog = 1
	quotas := map[string]adapter.Quota{"shop": {Concurrency: 5}, "desk": {Rate: functions.Rate{Requests: 1}}}
	_, err := adapter.New(adapter.Config{
		Store: memory.New(memory.Options{}), FreezesAfterResponse: true, Quotas: quotas, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	}, adapter.Served{Chain: c})
	if text := log.String(); err != nil || strings.Count(text, "no effect") != 2 || !strings.Contains(text, "tenant=shop") ||
		!strings.Contains(text, "chain=x") {
		t.Errorf("logged %s, %v", text, err)
	}
}

func TestAProcessThatIsFrozenCountsWithinItsCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := adapter.Config{FreezesAfterResponse: true, Logger: slog.New(slog.DiscardHandler)}
		r := newReplicas(t, 50, cfg, rated("x", functions.Rate{Requests: 1, Burst: 20}))
		passed := 0
		for _, one := range r.all { // each has one call, and has never had one before
			passed += one.calls(1, "a", "/x")
		}
		if passed != 20 || r.store.calls.Load() != 80 {
			t.Errorf("%d calls were let in, want 20; the store was called %d times", passed, r.store.calls.Load())
		}
		time.Sleep(10 * time.Second)
		for _, one := range r.all {
			passed += one.calls(1, "a", "/x")
		}
		if passed != 30 {
			t.Errorf("10 s later %d calls were let in, want 30", passed)
		}
		r.store.down.Store(true)
		time.Sleep(time.Minute)
		begin := time.Now()
		for range 10 {
			r.all[0].calls(1, "a", "/x")
			time.Sleep(time.Second)
		}
		if took := time.Since(begin) - 10*time.Second; took > 300*time.Millisecond {
			t.Errorf("a store that is silent has held calls up for %s", took)
		}
	})
}
