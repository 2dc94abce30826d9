package vertex

import (
	"time"

	"github.com/homing-dev/homing/adapter/pause"
	"github.com/homing-dev/homing/functions"
)

// Defaults of functions.Retry, as documented there.
const (
	retryDelay    = 50 * time.Millisecond
	retryMaxDelay = 2 * time.Second
	retryJitter   = 0.2
)

// retry says when the next attempt starts. The loop around it is the step's
// own: a retry policy of a library answers the end of the context in the place
// of the last result, and cannot tell that its pause would outlast the
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
	return max(pause.Jitter(backoff(r.delay, r.most, n), r.jitter), atLeast)
}

// backoff is the pause after attempt n, without jitter.
func backoff(delay, most time.Duration, n int) time.Duration {
	for range n - 1 {
		if delay >= most/2 {
			return most
		}
		delay *= 2
	}
	return min(delay, most)
}

// orElse gives v, or otherwise if v is zero or less.
func orElse[T time.Duration | float64](v, otherwise T) T {
	if v <= 0 {
		return otherwise
	}
	return v
}
