package remote

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// passing marks a failure that may pass.
type passing struct{ error }

func (p passing) Unwrap() error { return p.error }

// retry calls attempt until it succeeds, fails for good, or the next attempt
// would come after the end of ctx. attempt says how long to wait at least.
func (r *Replier) retry(ctx context.Context, attempt func(context.Context) (time.Duration, error)) error {
	delay := r.opts.RetryDelay
	var last error
	for {
		asked, err := attempt(ctx)
		var passes passing
		switch {
		case err == nil || !errors.As(err, &passes):
			return err
		case last != nil && ctx.Err() != nil: // what failed before says more
			return fmt.Errorf("%w; before: %w", passes.error, last)
		case !pause(ctx, max(asked, jitter(delay))):
			return passes.error
		}
		last = passes.error
		delay = min(delay*2, r.opts.RetryMaxDelay) //nolint:mnd // doubles
	}
}

// jitter shortens a pause at random by up to half.
func jitter(d time.Duration) time.Duration {
	return d - rand.N(d/2+1) //nolint:gosec // no secret; by up to half
}

// pause waits, unless ctx ends first: then it answers false, and does so
// without waiting if it is known before.
func pause(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// maxRetryAfter bounds what is believed of Retry-After.
const maxRetryAfter = time.Hour

// retryAfter reads Retry-After (RFC 9110 section 10.2.3): seconds or a date;
// 0 if there is none, if it is malformed or if it has passed.
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if value == "" {
		return 0
	}
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(time.Until(at), 0), maxRetryAfter)
}
