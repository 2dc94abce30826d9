package backoff

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// Outlasts reports whether a delay that starts now would end after ctx does.
func Outlasts(ctx context.Context, d time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ok && time.Until(deadline) <= d
}

// Sleep waits for d, and reports whether it did: it returns false if ctx ends
// before, at once if that is known beforehand.
func Sleep(ctx context.Context, d time.Duration) bool {
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

// Transient reports whether a call that got this status may end better later.
func Transient(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	default:
		return status >= http.StatusInternalServerError
	}
}

// RetryAfter reads the header of that name, seconds or a date (RFC 9110 section
// 10.2.3): 0 if there is none, if it is malformed or if it has passed, and most at
// most.
func RetryAfter(h http.Header, most time.Duration) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(most/time.Second))) * time.Second //nolint:gosec // most is not negative
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(time.Until(at), 0), most)
}
