package vertex

import (
	"context"
	"math"
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/backoff"
)

// Defaults of functions.Retry and functions.Breaker, as documented there.
const (
	retryDelay    = 50 * time.Millisecond
	retryMaxDelay = 2 * time.Second
	retryJitter   = 0.2
	breakerDelay  = 5 * time.Second
)

// Retry-After for a caller who got no permit of the limit, or came while the
// breaker let another one try.
const (
	limitRetryAfter   = time.Second
	breakerRetryAfter = time.Second
)

// retry computes when the next attempt starts. The loop around it is the step's
// own: a retry policy of a library returns the end of the context in the place
// of the last result, and cannot know that its pause would outlast the
// deadline.
type retry struct {
	attempts    int
	delay, most time.Duration
	jitter      float64
}

func newRetry(r functions.Retry) *retry {
	if r.Attempts <= 1 {
		return nil
	}
	return &retry{
		attempts: r.Attempts,
		delay:    orElse(r.Delay, retryDelay),
		most:     orElse(r.MaxDelay, retryMaxDelay),
		jitter:   min(orElse(r.Jitter, retryJitter), 1),
	}
}

// pause is the time from the end of attempt n to the start of the next one, at
// least atLeast.
func (r *retry) pause(n int, atLeast time.Duration) time.Duration {
	return max(backoff.Jitter(backoff.Exponential(n-1, r.delay, r.most), r.jitter), atLeast)
}

// limit bounds how many attempts of a step run at once. A nil *limit bounds
// nothing.
type limit struct {
	// acquire waits for a permit and returns the function that releases it. The
	// error means that none came in time.
	acquire func(ctx context.Context) (release func(), err error)
	// current returns how many permits there are.
	current func() int
}

func newLimit(c functions.Concurrency) *limit {
	if c.Max <= 0 {
		return nil
	}
	most, wait := uint(c.Max), orElse(c.Wait, math.MaxInt64) // until the context ends
	if !c.Adaptive {
		b := bulkhead.New[any](most)
		release := b.ReleasePermit
		return &limit{
			acquire: func(ctx context.Context) (func(), error) { return release, b.AcquirePermitWithMaxWait(ctx, wait) },
			current: func() int { return c.Max },
		}
	}
	l := adaptivelimiter.NewBuilder[any]().WithLimits(1, most, max(1, most/2)).Build() //nolint:mnd // half-way, to find it from there
	acquire := func(ctx context.Context) (func(), error) {
		permit, err := l.AcquirePermitWithMaxWait(ctx, wait)
		if err != nil {
			return nil, err
		}
		return permit.Record, nil
	}
	return &limit{acquire, l.Limit}
}

// breaker is the circuit breaker of a step. A nil *breaker is always closed.
type breaker struct {
	circuit circuitbreaker.CircuitBreaker[any]
}

func newBreaker(b functions.Breaker) *breaker {
	if b.Failures <= 0 {
		return nil
	}
	failures := uint(b.Failures)
	of := max(failures, uint(max(b.Of, 0)))
	return &breaker{circuitbreaker.NewBuilder[any]().
		WithFailureThresholdRatio(failures, of).
		WithSuccessThreshold(1). // one call is let through to try, and decides
		WithDelay(orElse(b.Delay, breakerDelay)).
		Build()}
}

// open reports whether a call would be refused for its time alone. It needs no
// permit.
func (b *breaker) open() bool {
	return b != nil && b.circuit.IsOpen() && b.circuit.RemainingDelay() > 0
}

// record records how a call went that had a permit. A call that abstains does
// not count, but it cannot vouch for a step that it was let through to try.
func (b *breaker) record(v verdict) {
	switch v {
	case inFavour:
		b.circuit.RecordSuccess()
	case against:
		b.circuit.RecordFailure()
	case abstains:
		if !b.circuit.IsClosed() {
			b.circuit.RecordFailure()
		}
	}
}

// retryAfter is when the breaker lets a call through, at the earliest.
func (b *breaker) retryAfter() time.Duration {
	return max(b.circuit.RemainingDelay(), breakerRetryAfter)
}

// orElse is v, or otherwise if v is zero or less.
func orElse[T time.Duration | float64](v, otherwise T) T {
	if v <= 0 {
		return otherwise
	}
	return v
}
