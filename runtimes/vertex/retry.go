package vertex

import (
	"time"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/backoff"
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
	return max(backoff.Jitter(backoff.Exponential(n-1, r.delay, r.most), r.jitter), atLeast)
}

// orElse gives v, or otherwise if v is zero or less.
func orElse[T time.Duration | float64](v, otherwise T) T {
	if v <= 0 {
		return otherwise
	}
	return v
}
