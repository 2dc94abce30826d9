package vertex_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

// crowd knows how many calls of it run at once.
type crowd struct{ now, most atomic.Int64 }

func (c *crowd) function(_ context.Context, in event.Event) (*event.Event, error) {
	n := c.now.Add(1)
	defer c.now.Add(-1)
	for most := c.most.Load(); n > most && !c.most.CompareAndSwap(most, n); most = c.most.Load() {
	}
	time.Sleep(time.Second)
	return &in, nil
}

func TestLimitIsNeverExceeded(t *testing.T) {
	t.Parallel()
	const callers = 64
	tests := map[string]struct {
		policy functions.Policy
		most   int64
	}{
		"none":         {functions.Policy{}, callers},
		"one":          {functions.Policy{Concurrency: functions.Concurrency{Max: 1}}, 1},
		"fixed":        {functions.Policy{Concurrency: functions.Concurrency{Max: 5}}, 5},
		"fixed, timed": {functions.Policy{Concurrency: functions.Concurrency{Max: 5}, Timeout: time.Hour}, 5},
		"adaptive":     {functions.Policy{Concurrency: functions.Concurrency{Max: 8, Adaptive: true}}, 8},
		"adaptive one": {functions.Policy{Concurrency: functions.Concurrency{Max: 1, Adaptive: true}}, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var c crowd
				v := build(t, under(tt.policy, c.function))
				var wg sync.WaitGroup
				for range callers {
					wg.Go(func() {
						for range 5 {
							if _, err := v.Carry(t.Context(), request(), nil); err != nil {
								t.Error(err)
							}
						}
					})
				}
				wg.Wait()
				if got := c.most.Load(); got > tt.most || got < min(tt.most, 4) {
					t.Errorf("%d calls ran at once, want %d", got, tt.most)
				}
			})
		})
	}
}

func TestCallWhoseTurnDoesNotComeIsA429(t *testing.T) {
	t.Parallel()
	for _, adaptive := range []bool{false, true} {
		t.Run(fmt.Sprint("adaptive=", adaptive), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				v := build(t, under(functions.Policy{
					Retry:       functions.Retry{Attempts: 5}, // does not apply
					Concurrency: functions.Concurrency{Max: 1, Adaptive: adaptive, Wait: 100 * time.Millisecond},
					Breaker:     functions.Breaker{Failures: 1},
				}, sleeps(time.Second, nil)))
				first := make(chan error, 1)
				go func() { first <- carry(t, v) }()
				synctest.Wait()
				start := time.Now()
				var j journal
				_, err := v.Carry(t.Context(), request(), j.add)
				p := wantStatus(t, err, 429)
				if p.Title != "Step is busy" || p.RetryAfter != time.Second || time.Since(start) != 100*time.Millisecond {
					t.Errorf("got %+v, Retry-After %s after %s", p.Problem, p.RetryAfter, time.Since(start))
				}
				j.want(t, "only started 1", "only failed 1 429")
				if err := <-first; err != nil {
					t.Error(err)
				}
				if err := carry(t, v); err != nil { // neither a lost permit nor an open breaker
					t.Error(err)
				}
			})
		})
	}
}

func TestPermitIsReleasedHoweverTheCallEnds(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]functions.Function{
		"result": identity, "drop": fails(nil), "error": fails(errors.New("no")), "panic": panics("boom"),
		"invalid": returns(refused),
	} {
		for _, p := range []functions.Policy{{}, {Timeout: time.Second}, {Breaker: functions.Breaker{Failures: 1}}} {
			t.Run(fmt.Sprint(name, p), func(t *testing.T) {
				t.Parallel()
				p.Concurrency = functions.Concurrency{Max: 1, Wait: time.Nanosecond}
				synctest.Test(t, func(t *testing.T) {
					v := build(t, under(p, f))
					for range 3 {
						err := carry(t, v)
						var got *functions.Error
						if errors.As(err, &got) && got.Status == 429 {
							t.Errorf("the turn was lost: %v", err)
						}
					}
				})
			})
		}
	}
}

// Who is refused by the breaker must not wait behind the calls that broke it.
func TestOpenBreakerRefusesWithoutAWaitForATurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := build(t, under(functions.Policy{
			Timeout:     time.Second,
			Concurrency: functions.Concurrency{Max: 1},
			Breaker:     functions.Breaker{Failures: 1},
		}, sleeps(time.Minute, nil)))
		wantStatus(t, carry(t, v), 504)
		start := time.Now()
		wantStatus(t, carry(t, v), 503)
		if took := time.Since(start); took != 0 {
			t.Errorf("refused after %s", took)
		}
		time.Sleep(time.Hour)
	})
}

// The limiter finds that a slow step gains nothing from more calls at once.
func TestAdaptiveLimitFallsWhenTheStepSlowsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		var overload atomic.Bool
		policy := functions.Policy{Concurrency: functions.Concurrency{Max: 40, Adaptive: true}}
		v := build(t, under(policy, func(_ context.Context, in event.Event) (*event.Event, error) {
			n := now.Add(1)
			defer now.Add(-1)
			most.Store(max(most.Load(), n))
			d := 10 * time.Millisecond
			if overload.Load() {
				d *= time.Duration(n * n) // each call slows the others down
			}
			time.Sleep(d)
			return &in, nil
		}))
		run := func(rounds int) int64 {
			var wg sync.WaitGroup
			for range 60 {
				wg.Go(func() {
					for range rounds {
						if err := carry(t, v); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			most.Store(0)
			for range 60 {
				wg.Go(func() { _ = carry(t, v) })
			}
			wg.Wait()
			return most.Load()
		}
		fast := run(400)
		overload.Store(true)
		if slow := run(100); slow >= fast || slow < 1 {
			t.Errorf("limit %d under overload, %d before", slow, fast)
		}
	})
}
