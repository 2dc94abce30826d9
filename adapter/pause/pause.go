// Package pause waits between attempts: for a time that is varied, not longer
// than there is, and at least as long as the other side asks for.
package pause

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// Jitter varies a pause by up to the given part of it, either way, so that
// callers who failed together do not come back together.
func Jitter(d time.Duration, part float64) time.Duration {
	return time.Duration(float64(d) * (1 + part*(2*rand.Float64()-1))) //nolint:gosec // no secret
}

// Outlasts says whether a pause that starts now would end after ctx does.
func Outlasts(ctx context.Context, d time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ok && time.Until(deadline) <= d
}

// Rest waits, unless ctx ends before the pause does: then it gives false, at
// once if that is known before.
func Rest(ctx context.Context, d time.Duration) bool {
	if Outlasts(ctx, d) {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// MayPass says whether a call that got this status may end better later.
func MayPass(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	default:
		return status >= http.StatusInternalServerError
	}
}

// maxRetryAfter bounds what is believed of Retry-After.
const maxRetryAfter = time.Hour

// RetryAfter reads the header of that name, seconds or a date (RFC 9110 section
// 10.2.3): 0 if there is none, if it is malformed or if it has passed, and an
// hour at most.
func RetryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(time.Until(at), 0), maxRetryAfter)
}
