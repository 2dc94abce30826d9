package vertex

import (
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/homing-dev/homing/functions"
)

const (
	// breakerDelay is the default of functions.Breaker.
	breakerDelay = 5 * time.Second
	// breakerRetryAfter is what a caller hears who came while the breaker let
	// another one try.
	breakerRetryAfter = time.Second
)

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

// open says whether a call would be refused for its time alone. It takes no
// permit.
func (b *breaker) open() bool {
	return b != nil && b.circuit.IsOpen() && b.circuit.RemainingDelay() > 0
}

// try asks for a permit, whose use must be recorded.
func (b *breaker) try() bool { return b.circuit.TryAcquirePermit() }

// record says how a permitted call went. A call that abstains does not count,
// but it cannot vouch for a step that it was let through to try.
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
