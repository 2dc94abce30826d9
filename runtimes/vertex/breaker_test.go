package vertex_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/vertex"
)

// health is a function that fails with err if that is set.
type health struct {
	calls atomic.Int32
	err   atomic.Pointer[error]
}

func (h *health) set(err error) { h.err.Store(&err) }

func (h *health) function(_ context.Context, in event.Event) (*event.Event, error) {
	h.calls.Add(1)
	if err := h.err.Load(); err != nil {
		return &in, *err
	}
	return &in, nil
}

func carry(t *testing.T, v *vertex.Vertex) error {
	t.Helper()
	_, err := v.Carry(t.Context(), request(), nil)
	return err
}

func TestBreakerOpensTriesAndCloses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var h health
		v := build(t, under(functions.Policy{Breaker: functions.Breaker{Failures: 2, Of: 4}}, h.function))
		h.set(errors.New("down"))
		wantStatus(t, carry(t, v), 500)
		h.set(nil)
		if err := carry(t, v); err != nil {
			t.Fatal(err)
		}
		h.set(errors.New("down"))
		for range 2 { // 3 of 4: not before four calls are seen, or at the second failure
			_ = carry(t, v)
		}
		calls := h.calls.Load()
		time.Sleep(2 * time.Second)
		var j journal
		_, err := v.Carry(t.Context(), request(), j.add)
		p := wantStatus(t, err, 503)
		if p.Title != "Circuit breaker open" || p.RetryAfter != 3*time.Second || h.calls.Load() != calls {
			t.Errorf("got %+v, Retry-After %s, %d calls, want the rest of 5s and no call", p.Problem, p.RetryAfter, h.calls.Load()-calls)
		}
		j.want(t, "only started 1", "only failed 1 503")

		time.Sleep(3 * time.Second)
		wantStatus(t, carry(t, v), 500) // let through to try
		wantStatus(t, carry(t, v), 503) // open again
		time.Sleep(5 * time.Second)
		h.set(nil)
		for range 5 { // closed by the first one
			if err := carry(t, v); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestBreakerLetsOneCallTry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var h health
		h.set(errors.New("down"))
		v := build(t, under(functions.Policy{
			Breaker:     functions.Breaker{Failures: 3},
			Concurrency: functions.Concurrency{Max: 2}, // the refused ones release their permit
		}, func(ctx context.Context, in event.Event) (*event.Event, error) {
			time.Sleep(time.Second)
			return h.function(ctx, in)
		}))
		for range 3 {
			wantStatus(t, carry(t, v), 500)
		}
		time.Sleep(5 * time.Second)
		h.set(nil)
		probe := make(chan error, 1)
		go func() { probe <- carry(t, v) }()
		synctest.Wait()
		for range 3 {
			if p := wantStatus(t, carry(t, v), 503); p.RetryAfter != time.Second {
				t.Errorf("got Retry-After %s, want 1s", p.RetryAfter)
			}
		}
		if err := <-probe; err != nil {
			t.Errorf("the call that tries: %v", err)
		}
		if err := carry(t, v); err != nil {
			t.Errorf("the breaker is not closed: %v", err)
		}
	})
}

// refused is an event of which a setter of the SDK has refused a value.
func refused() *event.Event {
	return &event.Event{FieldErrors: map[string]error{"id": errors.New("no")}}
}

func TestWhatOpensTheBreaker(t *testing.T) {
	t.Parallel()
	timed := functions.Policy{Timeout: time.Second}
	tests := map[string]struct {
		policy   functions.Policy
		function functions.Function
		opens    bool
	}{
		"plain error":     {functions.Policy{}, fails(errors.New("down")), true},
		"500":             {functions.Policy{}, fails(functions.Errorf(500, "down")), true},
		"429":             {functions.Policy{}, fails(functions.Errorf(429, "later")), true},
		"panic":           {functions.Policy{}, panics("boom"), true},
		"timeout":         {timed, obeys, true},
		"goexit":          {timed, exits, true},
		"invalid result":  {functions.Policy{}, returns(refused), true},
		"400":             {functions.Policy{}, fails(functions.Errorf(400, "wrong")), false},
		"404":             {functions.Policy{}, fails(coded(404)), false},
		"acknowledgement": {functions.Policy{}, fails(nil), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tt.policy.Breaker = functions.Breaker{Failures: 3}
				v := build(t, under(tt.policy, tt.function))
				for range 3 {
					_ = carry(t, v)
				}
				err := carry(t, v)
				var p *functions.Error
				if open := errors.As(err, &p) && p.Title == "Circuit breaker open"; open != tt.opens {
					t.Errorf("open: %v, want %v (%v)", open, tt.opens, err)
				}
			})
		})
	}
}

func TestEndedContextAndTheBreaker(t *testing.T) {
	t.Parallel()
	for _, deadline := range []bool{false, true} {
		t.Run(fmt.Sprint("deadline=", deadline), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				v := build(t, under(functions.Policy{Breaker: functions.Breaker{Failures: 2}}, obeys))
				for range 4 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					if !deadline {
						time.AfterFunc(time.Second, cancel) // the caller goes away
					}
					_, err := v.Carry(ctx, request(), nil)
					cancel()
					var p *functions.Error
					if errors.As(err, &p) && !deadline {
						t.Errorf("callers who went away opened the breaker: %v", err)
					}
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				defer cancel()
				_, err := v.Carry(ctx, request(), nil)
				if deadline {
					wantStatus(t, err, 503) // a step that hangs until the deadline
				} else if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v, want the deadline", err)
				}
			})
		})
	}
}

func TestProbeOfACallerWhoGoesAwayIsTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hang := true
		policy := functions.Policy{Breaker: functions.Breaker{Failures: 1}}
		v := build(t, under(policy, func(ctx context.Context, in event.Event) (*event.Event, error) {
			if hang {
				return obeys(ctx, in)
			}
			return &in, nil
		}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _ = v.Carry(ctx, request(), nil) // opens it
		time.Sleep(5 * time.Second)
		ctx, leave := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, leave)
		_, err := v.Carry(ctx, request(), nil)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the probe's own end", err)
		}
		wantStatus(t, carry(t, v), 503) // it has not vouched for the step
		time.Sleep(5 * time.Second)
		hang = false
		if err := carry(t, v); err != nil {
			t.Errorf("the breaker never closes: %v", err)
		}
	})
}

func TestRetryStopsAtTheOpenBreaker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var h health
		h.set(errors.New("down"))
		v := build(t, under(functions.Policy{Retry: functions.Retry{Attempts: 9}, Breaker: functions.Breaker{Failures: 2}}, h.function))
		var j journal
		_, err := v.Carry(t.Context(), request(), j.add)
		if p := wantStatus(t, err, 503); p.Attempt != 3 || h.calls.Load() != 2 {
			t.Errorf("attempt %d, %d calls, want 3, 2", p.Attempt, h.calls.Load())
		}
		j.want(t, "only started 1", "only retrying 2 500", "only retrying 3 500", "only failed 3 503")
	})
}
