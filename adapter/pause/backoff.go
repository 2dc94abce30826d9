package pause

import "time"

// backoffJitter is the part by which a backoff is lengthened or shortened at
// random.
const backoffJitter = 0.2

// Backoff is what to wait after the attempt that n others went before: first,
// doubled with each further one up to longest, with jitter.
func Backoff(n int, first, longest time.Duration) time.Duration {
	d := first
	for range n {
		if d >= longest {
			break
		}
		d *= 2
	}
	return Jitter(min(d, longest), backoffJitter)
}
