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

func TestStepTimeout(t *testing.T) {
	t.Parallel()
	own := functions.Errorf(410, "gone for good")
	tests := map[string]struct {
		function functions.Function
		status   int
		after    time.Duration
	}{
		"obeys":                 {obeys, 504, time.Second},
		"obeys and wraps it":    {atEnd(func(err error) error { return fmt.Errorf("db: %w", err) }), 504, time.Second},
		"obeys and maps it":     {atEnd(func(err error) error { return functions.Errorf(502, "db: %w", err) }), 504, time.Second},
		"answers another error": {atEnd(func(error) error { return errors.New("stopped") }), 504, time.Second},
		"ignores its context":   {sleeps(time.Hour, nil), 504, time.Second},
		"fails in time":         {sleeps(time.Millisecond, own), 410, time.Millisecond},
		"answers in time":       {sleeps(time.Millisecond, nil), 0, time.Millisecond},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // fails if a goroutine never ends
				start := time.Now()
				_, err := build(t, under(functions.Policy{Timeout: time.Second}, tt.function)).Carry(t.Context(), request(), nil)
				if took := time.Since(start); took != tt.after {
					t.Errorf("answered after %s, want %s", took, tt.after)
				}
				switch {
				case tt.status == 0 && err != nil:
					t.Error(err)
				case tt.status == 504:
					if p := wantStatus(t, err, 504); p.Title != "Step timed out" || p.Detail != "step only did not answer within its timeout of 1s" {
						t.Errorf("got %+v", p.Problem)
					}
				case tt.status != 0:
					wantStatus(t, err, tt.status)
				}
				time.Sleep(2 * time.Hour) // in the bubble: until who ignored its context is back
			})
		})
	}
}

func TestCauseOfARemoteStepThatTimesOutHasItsURL(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := under(functions.Policy{Timeout: time.Second}, obeys)
		s.URL = "http://steps.example/slow"
		_, err := build(t, s).Carry(t.Context(), request(), nil)
		if p := wantStatus(t, err, 504); p.Cause == nil || !strings.Contains(p.Cause.Error(), s.URL) {
			t.Errorf("got the cause %v", p.Cause)
		}
	})
}

// atEnd works until its context ends, and returns what say returns then.
func atEnd(say func(error) error) functions.Function {
	return func(ctx context.Context, _ event.Event) (*event.Event, error) {
		<-ctx.Done()
		return nil, say(ctx.Err())
	}
}

// sleeps ignores its context.
func sleeps(d time.Duration, err error) functions.Function {
	return func(_ context.Context, in event.Event) (*event.Event, error) {
		time.Sleep(d)
		return &in, err
	}
}

func TestTurnIsHeldUntilAnAbandonedFunctionReturns(t *testing.T) {
	t.Parallel()
	for _, adaptive := range []bool{false, true} {
		t.Run(fmt.Sprint("adaptive=", adaptive), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				v := build(t, under(functions.Policy{
					Timeout:     time.Second,
					Concurrency: functions.Concurrency{Max: 1, Adaptive: adaptive, Wait: time.Second},
				}, sleeps(10*time.Second, nil)))
				_, err := v.Carry(t.Context(), request(), nil) // answered at 1 s, runs until 10 s
				wantStatus(t, err, 504)
				_, err = v.Carry(t.Context(), request(), nil) // waits until 2 s
				wantStatus(t, err, 429)
				time.Sleep(7500 * time.Millisecond) // 9.5 s
				start := time.Now()
				_, err = v.Carry(t.Context(), request(), nil) // has its permit at 10 s
				wantStatus(t, err, 504)
				if took := time.Since(start); took != 1500*time.Millisecond {
					t.Errorf("answered after %s, want the rest of the wait and the timeout", took)
				}
				time.Sleep(time.Minute)
			})
		})
	}
}

func TestAbandonedFunctionCannotChangeTheRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := build(t, under(functions.Policy{Timeout: time.Second}, func(_ context.Context, in event.Event) (*event.Event, error) {
			time.Sleep(time.Minute)
			in.SetID("changed")
			in.SetExtension(functions.AttrReplyTo, "changed")
			return &in, nil
		}))
		in := request()
		_, err := v.Carry(t.Context(), in, nil)
		wantStatus(t, err, 504)
		time.Sleep(time.Hour)
		if in.ID() != requestID || in.Extensions()[functions.AttrReplyTo] != "box" {
			t.Errorf("the event became %v", in)
		}
	})
}

func TestCauseOfTheEndedContextIsHandedOnAsItIs(t *testing.T) {
	t.Parallel()
	cause := functions.Errorf(504, "the deadline has passed")
	busy := functions.Concurrency{Max: 1}
	patient := functions.Concurrency{Max: 1, Wait: time.Hour}
	adaptive := functions.Concurrency{Max: 1, Adaptive: true}
	tests := map[string]struct {
		policy   functions.Policy
		function functions.Function
	}{
		"in a plain step":                   {functions.Policy{}, obeys},
		"in a timed step":                   {functions.Policy{Timeout: time.Hour}, obeys},
		"in a timed step that ignores it":   {functions.Policy{Timeout: time.Hour}, sleeps(time.Minute, nil)},
		"in an attempt":                     {functions.Policy{Retry: functions.Retry{Attempts: 3}}, obeys},
		"before the step's own timeout":     {functions.Policy{Timeout: 1001 * time.Millisecond, Retry: functions.Retry{Attempts: 2}}, obeys},
		"while waiting for a turn":          {functions.Policy{Concurrency: busy}, sleeps(time.Minute, nil)},
		"while waiting for a turn for long": {functions.Policy{Concurrency: patient}, sleeps(time.Minute, nil)},
		"while waiting, adaptive":           {functions.Policy{Concurrency: adaptive}, sleeps(time.Minute, nil)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				v := build(t, under(tt.policy, tt.function))
				if tt.policy.Concurrency.Max > 0 {
					go func() { _, _ = v.Carry(context.Background(), request(), nil) }()
					synctest.Wait()
				}
				ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, cause)
				defer cancel()
				start := time.Now()
				var j journal
				_, err := v.Carry(ctx, request(), j.add)
				if err != error(cause) { //nolint:errorlint // as it is
					t.Errorf("got %v, want the cause as it is", err)
				}
				if took := time.Since(start); took != time.Second {
					t.Errorf("answered after %s, want 1s", took)
				}
				if cause.Step != "" {
					t.Errorf("the cause was changed: %+v", cause)
				}
				j.want(t, "only started 1", "only failed 1 504")
				time.Sleep(time.Hour)
			})
		})
	}
}

func TestDefiniteAnswerCountsThoughTheContextEnded(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		function functions.Function
		status   int
	}{
		"own error":           {atEnd(func(error) error { return functions.Errorf(409, "conflict") }), 409},
		"error that may pass": {atEnd(func(error) error { return functions.Errorf(503, "down") }), 503},
		"panic": {func(ctx context.Context, _ event.Event) (*event.Event, error) {
			<-ctx.Done()
			panic("lost otherwise")
		}, 500},
	} {
		for kind, policy := range map[string]functions.Policy{"plain": {}, "retry": {Retry: functions.Retry{Attempts: 3}}} {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := context.WithCancel(t.Context())
					time.AfterFunc(time.Second, cancel)
					_, err := build(t, under(policy, tt.function)).Carry(ctx, request(), nil)
					wantStatus(t, err, tt.status)
				})
			})
		}
	}
}
