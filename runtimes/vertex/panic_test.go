package vertex_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

func panics(value any) functions.Function {
	return func(context.Context, event.Event) (*event.Event, error) { panic(value) }
}

func exits(context.Context, event.Event) (*event.Event, error) {
	runtime.Goexit()
	return nil, nil
}

func TestPanicIsTheErrorOfItsRequest(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		function functions.Function
		logged   string
	}{
		"value": {panics(secret), secret},
		"nil":   {panics(nil), "nil argument"},
		"error": {panics(errors.New(secret)), secret},
		"abort": {panics(http.ErrAbortHandler), "abort"},
		"own":   {panics(functions.Errorf(404, "no")), "no"},
		"index": {func(_ context.Context, in event.Event) (*event.Event, error) {
			return &[]event.Event{in}[len(in.ID())], nil
		}, "index out of range"},
		"nil map": {func(_ context.Context, in event.Event) (*event.Event, error) {
			var m map[string]int
			m["x"] = 1 //nolint:staticcheck // meant to panic
			return &in, nil
		}, "nil map"},
	}
	policies := map[string]functions.Policy{
		"plain": {},
		"all": {
			Timeout: time.Hour, Retry: functions.Retry{Attempts: 3},
			Concurrency: functions.Concurrency{Max: 1}, Breaker: functions.Breaker{Failures: 9},
		},
	}
	for name, tt := range tests {
		for kind, policy := range policies {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				var j journal
				_, err := build(t, under(policy, tt.function)).Carry(t.Context(), request(), j.add)
				p := wantStatus(t, err, 500)
				if p.Title != "Function panicked" || strings.Contains(p.Detail, tt.logged) {
					t.Errorf("the caller hears %+v", p.Problem)
				}
				if log := p.Cause.Error(); !strings.Contains(log, tt.logged) || !strings.Contains(log, "panic_test.go") {
					t.Errorf("the log hears neither the value nor the place: %s", log)
				}
				j.want(t, "only started 1", "only failed 1 500") // not retried
			})
		}
	}
}

func TestGoexitInATimedStepIsA500AtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := build(t, under(functions.Policy{Timeout: time.Hour, Concurrency: functions.Concurrency{Max: 1}}, exits))
		start := time.Now()
		for range 2 { // the second one needs the permit of the first
			_, err := v.Carry(t.Context(), request(), nil)
			if p := wantStatus(t, err, 500); p.Title != "Function failed" {
				t.Errorf("got %+v", p.Problem)
			}
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("it took %s", took)
		}
	})
}

// A plain call shares the goroutine of its caller: it cannot answer, but it
// must leave nothing behind.
func TestGoexitInAPlainStepLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ends := true
		v := build(t, under(functions.Policy{
			Concurrency: functions.Concurrency{Max: 1, Wait: time.Second},
			Breaker:     functions.Breaker{Failures: 1, Delay: time.Minute},
		}, func(ctx context.Context, in event.Event) (*event.Event, error) {
			if ends {
				return exits(ctx, in)
			}
			return &in, nil
		}))
		for range 2 { // the second one is the breaker's probe
			var j journal
			ended := make(chan struct{})
			returned := false
			go func() {
				defer close(ended)
				_, _ = v.Carry(t.Context(), request(), j.add)
				returned = true
			}()
			<-ended
			if returned {
				t.Error("Carry returned; say so in its comment")
			}
			j.want(t, "only started 1", "only failed 1 500")
			_, err := v.Carry(t.Context(), request(), nil)
			wantStatus(t, err, 503) // not 429: the permit is free; and it counts as a failure
			time.Sleep(time.Minute)
		}
		ends = false
		if _, err := v.Carry(t.Context(), request(), nil); err != nil {
			t.Errorf("the step is lost for good: %v", err)
		}
	})
}
