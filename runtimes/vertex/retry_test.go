package vertex_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

// attempts notes when it is called, and returns the errors given, one after
// the other and the last one for good.
type attempts struct {
	at   []time.Time
	errs []error
}

func (a *attempts) function(_ context.Context, in event.Event) (*event.Event, error) {
	a.at = append(a.at, time.Now())
	return &in, a.errs[min(len(a.at), len(a.errs))-1]
}

// pauses between the calls.
func (a *attempts) pauses() []time.Duration {
	var out []time.Duration
	for i := 1; i < len(a.at); i++ {
		out = append(out, a.at[i].Sub(a.at[i-1]))
	}
	return out
}

func retrying(r functions.Retry, f functions.Function) functions.Step {
	return under(functions.Policy{Retry: r}, f)
}

func TestRetryUntilAnAttemptSucceeds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := attempts{errs: []error{functions.Errorf(503, "down"), errors.New(secret), nil}}
		var j journal
		if _, err := build(t, retrying(functions.Retry{Attempts: 5}, a.function)).Carry(t.Context(), request(), j.add); err != nil {
			t.Error(err)
		}
		j.want(t, "only started 1", "only retrying 2 503", "only retrying 3 500", "only finished 3")
	})
}

func TestRetryMayEndInADrop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := true
		var j journal
		out, err := build(t, retrying(functions.Retry{Attempts: 2}, func(context.Context, event.Event) (*event.Event, error) {
			defer func() { first = false }()
			if first {
				return nil, errors.New("again")
			}
			return nil, nil
		})).Carry(t.Context(), request(), j.add)
		if out.Event != nil || err != nil {
			t.Errorf("got %v, %v, want a drop", out, err)
		}
		j.want(t, "only started 1", "only retrying 2 500", "only dropped 2")
	})
}

func TestRetryGivesUpAfterItsAttempts(t *testing.T) {
	t.Parallel()
	for given, want := range map[int]int{0: 1, 1: 1, 2: 2, 4: 4} {
		t.Run(fmt.Sprint(given), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := attempts{errs: []error{errors.New("first"), functions.Errorf(502, "last")}}
				_, err := build(t, retrying(functions.Retry{Attempts: given}, a.function)).Carry(t.Context(), request(), nil)
				p := problemOf(t, err)
				if len(a.at) != want || p.Attempt != want {
					t.Errorf("%d calls, attempt %d, want %d", len(a.at), p.Attempt, want)
				}
				if want > 1 && p.Status != 502 {
					t.Errorf("got %v, want the last error", err)
				}
			})
		})
	}
}

func TestWhatIsRetried(t *testing.T) {
	t.Parallel()
	tests := map[int]bool{
		400: false, 401: false, 404: false, 408: true, 409: false, 422: false, 425: true, 429: true,
		500: true, 501: true, 502: true, 503: true, 504: true, 599: true,
	}
	for status, want := range tests {
		for kind, err := range map[string]error{"own": functions.Errorf(status, "no"), "coded": coded(status)} {
			t.Run(fmt.Sprint(kind, status), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					a := attempts{errs: []error{err, nil}}
					_, err := build(t, retrying(functions.Retry{Attempts: 2}, a.function)).Carry(t.Context(), request(), nil)
					if retried := len(a.at) == 2; retried != want || (err == nil) != want {
						t.Errorf("retried: %v (%v), want %v", retried, err, want)
					}
				})
			})
		}
	}
}

func TestTimedOutAttemptIsRetried(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := functions.Policy{Timeout: time.Second, Retry: functions.Retry{Attempts: 2}}
		var j journal
		_, err := build(t, under(p, sleeps(time.Minute, nil))).Carry(t.Context(), request(), j.add)
		if got := wantStatus(t, err, 504); got.Attempt != 2 {
			t.Errorf("got attempt %d, want 2", got.Attempt)
		}
		j.want(t, "only started 1", "only retrying 2 504", "only failed 2 504")
		time.Sleep(time.Hour)
	})
}

func ms(numbers ...int) []time.Duration {
	out := make([]time.Duration, 0, len(numbers))
	for _, n := range numbers {
		out = append(out, time.Duration(n)*time.Millisecond)
	}
	return out
}

func TestPausesGrowToTheirCap(t *testing.T) {
	t.Parallel()
	const tenth = 100 * time.Millisecond
	tests := map[string]struct {
		retry functions.Retry
		part  float64
		want  []time.Duration
	}{
		"defaults":       {functions.Retry{}, 0.2, ms(50, 100, 200, 400, 800, 1600, 2000, 2000)},
		"own":            {functions.Retry{Delay: tenth, MaxDelay: 350 * time.Millisecond, Jitter: 0.5}, 0.5, ms(100, 200, 350, 350)},
		"cap below":      {functions.Retry{Delay: tenth, MaxDelay: 10 * time.Millisecond, Jitter: 0.01}, 0.01, ms(10, 10)},
		"jitter above 1": {functions.Retry{Delay: tenth, Jitter: 7}, 1, ms(100, 200)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			varies := false
			synctest.Test(t, func(t *testing.T) {
				for range 20 {
					a := attempts{errs: []error{errors.New("no")}}
					tt.retry.Attempts = len(tt.want) + 1
					_, err := build(t, retrying(tt.retry, a.function)).Carry(t.Context(), request(), nil)
					wantStatus(t, err, 500)
					for i, got := range a.pauses() {
						low, high := float64(tt.want[i])*(1-tt.part), float64(tt.want[i])*(1+tt.part)
						if float64(got) < low-1 || float64(got) > high+1 {
							t.Errorf("pause %d is %s, want %s within %g", i+1, got, tt.want[i], tt.part)
						}
						varies = varies || got != tt.want[i]
					}
				}
			})
			if !varies {
				t.Error("no jitter")
			}
		})
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		busy := functions.Errorf(429, "later")
		busy.RetryAfter = 7 * time.Second // above the cap
		soon := functions.Errorf(429, "later")
		soon.RetryAfter = time.Nanosecond // below the backoff
		a := attempts{errs: []error{busy, fmt.Errorf(secret+": %w", busy), soon, nil}}
		if _, err := build(t, retrying(functions.Retry{Attempts: 4}, a.function)).Carry(t.Context(), request(), nil); err != nil {
			t.Fatal(err)
		}
		p := a.pauses()
		if p[0] != 7*time.Second || p[1] != 7*time.Second || p[2] < 160*time.Millisecond || p[2] > 240*time.Millisecond {
			t.Errorf("got pauses %v, want 7s 7s and 200ms", p)
		}
	})
}

func TestPauseThatEndsAfterTheDeadlineIsNotStarted(t *testing.T) {
	t.Parallel()
	down := functions.Errorf(503, "down")
	down.RetryAfter = time.Second
	tests := map[string]struct {
		deadline time.Duration
		err      error
		retried  bool
	}{
		"too late":               {999 * time.Millisecond, down, false},
		"to the nanosecond":      {time.Second, down, false},
		"in time":                {1001 * time.Millisecond, down, true},
		"backoff, too late":      {39 * time.Millisecond, errors.New("no"), false},
		"backoff, with jitter":   {61 * time.Millisecond, errors.New("no"), true},
		"no deadline whatsoever": {0, down, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if tt.deadline > 0 {
					c, cancel := context.WithTimeoutCause(ctx, tt.deadline, errors.New("the deadline"))
					defer cancel()
					ctx = c
				}
				start := time.Now()
				a := attempts{errs: []error{tt.err, nil}}
				_, err := build(t, retrying(functions.Retry{Attempts: 2}, a.function)).Carry(ctx, request(), nil)
				if tt.retried {
					if err != nil || len(a.at) != 2 {
						t.Errorf("got %v after %d calls, want a retry", err, len(a.at))
					}
					return
				}
				if p := problemOf(t, err); p.Attempt != 1 || strings.Contains(err.Error(), "deadline") || time.Since(start) != 0 {
					t.Errorf("got %v after %s, want the last error at once", err, time.Since(start))
				}
			})
		})
	}
}

// Whatever the jitter: either the pause ends in time or it is not started.
func TestJitterNeverCrossesTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for range 200 {
			ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errors.New("the deadline"))
			a := attempts{errs: []error{functions.Errorf(503, "down"), nil}}
			_, err := build(t, retrying(functions.Retry{Attempts: 2}, a.function)).Carry(ctx, request(), nil)
			cancel()
			if err != nil {
				wantStatus(t, err, 503)
			}
		}
	})
}

func TestCallerThatGoesAwayEndsThePause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("cancelled by DELETE")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(10*time.Millisecond, func() { cancel(cause) })
		start := time.Now()
		a := attempts{errs: []error{functions.Errorf(503, "down")}}
		_, err := build(t, retrying(functions.Retry{Attempts: 3, Delay: time.Hour, MaxDelay: time.Hour}, a.function)).Carry(ctx, request(), nil)
		if err != cause || time.Since(start) != 10*time.Millisecond { //nolint:errorlint // as it is
			t.Errorf("got %v after %s, want the cause at once", err, time.Since(start))
		}
	})
}

// The function changes all of its input, keeps it and goes on changing it.
func TestAttemptSeesNothingOfTheFormerOnes(t *testing.T) {
	t.Parallel()
	for name, timeout := range map[string]time.Duration{"plain": 0, "timed": time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var kept []event.Event
				spoil := func(in event.Event) {
					in.SetID("spoilt")
					in.SetExtension(functions.AttrHTTPQuery, "spoilt")
					copy(in.DataEncoded, "spoilt")
				}
				p := functions.Policy{Timeout: timeout, Retry: functions.Retry{Attempts: 3}}
				out, err := build(t, under(p, func(_ context.Context, in event.Event) (*event.Event, error) {
					for _, former := range kept {
						spoil(former)
					}
					if in.ID() != requestID || string(in.DataEncoded) != `{"n":1}` || functions.Attribute(in, functions.AttrHTTPQuery) != "a=1" {
						t.Errorf("attempt %d got %v", len(kept)+1, in)
					}
					kept = append(kept, in)
					if len(kept) < 3 {
						spoil(in)
						return nil, errors.New("again")
					}
					return &in, nil
				})).Carry(t.Context(), request(), nil)
				if err != nil || out.Event.ID() != requestID {
					t.Errorf("got %v, %v", out, err)
				}
			})
		})
	}
}
