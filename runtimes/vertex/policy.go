package vertex

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/adaptivelimiter"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/homing-dev/homing/functions"
)

// Defaults of the policies; functions.Policy documents them.
const (
	retryDelay    = 50 * time.Millisecond
	retryMaxDelay = 2 * time.Second
	retryJitter   = 0.2
	breakerDelay  = 5 * time.Second
)

// newRepeat composes Retry(CircuitBreaker(call)); nil if the policy has
// neither.
func newRepeat(p functions.Policy, pause pauseAfter, m *stepMetrics) (failsafe.Executor[*event.Event], openFor) {
	var policies []failsafe.Policy[*event.Event]
	var open openFor
	if pause != nil {
		policies = append(policies, newRetry(p.Retry, pause, m))
	}
	if p.Breaker.Failures > 0 {
		b := newBreaker(p.Breaker)
		policies, open = append(policies, b), b.RemainingDelay
	}
	if len(policies) == 0 {
		return nil, nil
	}
	return failsafe.With(policies...), open
}

// pauseAfter gives the pause, without its jitter, between a failed attempt and
// the next one.
type pauseAfter func(err error, attempts int) time.Duration

func newPause(r functions.Retry) pauseAfter {
	if r.Attempts <= 1 {
		return nil
	}
	delay, most := orElse(r.Delay, retryDelay), orElse(r.MaxDelay, retryMaxDelay)
	return func(err error, attempts int) time.Duration {
		return max(backoff(delay, most, attempts), retryAfter(err))
	}
}

func newRetry(r functions.Retry, pause pauseAfter, m *stepMetrics) failsafe.Policy[*event.Event] {
	jitter := orElse(r.Jitter, retryJitter)
	return retrypolicy.NewBuilder[*event.Event]().
		WithMaxAttempts(r.Attempts).
		WithDelayFunc(func(exec failsafe.ExecutionAttempt[*event.Event]) time.Duration {
			return max(jittered(pause(nil, exec.Attempts()), jitter), retryAfter(exec.LastError()))
		}).
		HandleIf(func(_ *event.Event, err error) bool { return mayPass(err) }).
		OnRetry(func(failsafe.ExecutionEvent[*event.Event]) { m.retried() }).
		ReturnLastFailure().
		Build()
}

// jittered varies a pause by up to the given part of it, so that callers who
// failed together do not come back together.
func jittered(pause time.Duration, part float64) time.Duration {
	return time.Duration(float64(pause) * (1 + part*(2*rand.Float64()-1))) //nolint:gosec // no secret
}

// backoff is the pause after the given number of attempts.
func backoff(delay, most time.Duration, attempts int) time.Duration {
	for range attempts - 1 {
		if delay >= most/2 {
			return most
		}
		delay *= 2
	}
	return min(delay, most)
}

func newBreaker(b functions.Breaker) circuitbreaker.CircuitBreaker[*event.Event] {
	failures := uint(b.Failures) //nolint:gosec // positive, as the caller saw
	of := max(failures, uint(max(b.Of, 0)))
	return circuitbreaker.NewBuilder[*event.Event]().
		WithFailureThresholdRatio(failures, of).
		WithDelay(orElse(b.Delay, breakerDelay)).
		HandleIf(func(_ *event.Event, err error) bool { return isBreakage(err) }).
		Build()
}

// limiter waits for a turn and gives the function that ends it.
type limiter func(ctx context.Context) (release func(), err error)

func newLimiter(c functions.Concurrency) limiter {
	switch {
	case c.Max <= 0:
		return nil
	case c.Adaptive:
		return newAdaptiveLimiter(c)
	}
	b := bulkhead.New[*event.Event](uint(c.Max))
	return func(ctx context.Context) (func(), error) {
		var err error
		if c.Wait == 0 {
			err = b.AcquirePermit(ctx)
		} else {
			err = b.AcquirePermitWithMaxWait(ctx, c.Wait)
		}
		if err != nil {
			return nil, limitError(ctx, err)
		}
		return b.ReleasePermit, nil
	}
}

func newAdaptiveLimiter(c functions.Concurrency) limiter {
	most := uint(c.Max) //nolint:gosec // positive, as the caller saw
	l := adaptivelimiter.NewBuilder[*event.Event]().WithLimits(1, most, max(1, most/2)).Build()
	return func(ctx context.Context) (func(), error) {
		var permit adaptivelimiter.Permit
		var err error
		if c.Wait == 0 {
			permit, err = l.AcquirePermit(ctx)
		} else {
			permit, err = l.AcquirePermitWithMaxWait(ctx, c.Wait)
		}
		if err != nil {
			return nil, limitError(ctx, err)
		}
		return permit.Record, nil
	}
}

// errLimit means that a call's turn did not come in time.
var errLimit = errors.New("the step's concurrency limit is reached")

func limitError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return errors.Join(errLimit, err)
}

func orElse[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
