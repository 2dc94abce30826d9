// Package backoff waits between attempts: exponentially longer with each one,
// varied at random, not longer than there is, and at least as long as the other
// side asks for.
package backoff

import (
	"math/rand/v2"
	"time"
)

// First is the delay before the second attempt.
const First = 50 * time.Millisecond

// jitter is the part by which Delay lengthens or shortens a delay at random.
const jitter = 0.2

// Delay returns what to wait after the attempt that n others went before:
// [First], doubled with each further one up to longest, with jitter.
func Delay(n int, longest time.Duration) time.Duration {
	return Jitter(Exponential(n, First, longest), jitter)
}

// Exponential returns first, doubled n times, and longest at most.
func Exponential(n int, first, longest time.Duration) time.Duration {
	d := first
	for range n {
		if d >= longest/2 {
			return longest
		}
		d *= 2
	}
	return min(d, longest)
}

// Jitter varies a delay by up to the given part of it, either way, so that
// callers who failed together do not come back together.
func Jitter(d time.Duration, part float64) time.Duration {
	return time.Duration(float64(d) * (1 + part*(2*rand.Float64()-1))) //nolint:gosec // no secret
}
