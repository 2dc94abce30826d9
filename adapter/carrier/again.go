package carrier

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
)

// Pauses between attempts to send an event: exponential with jitter.
const (
	firstPause   = 50 * time.Millisecond
	longestPause = 2 * time.Second
	jitterPart   = 0.2
	maxDoublings = 6 // of firstPause; the next one is over longestPause
)

// sendAgain sends ev until it is answered for good, in the cases in which
// Knative's data plane delivers again. It honours Retry-After, and gives the
// last error when the next attempt would start after the end of ctx.
func (c *Client) sendAgain(ctx context.Context, url string, ev event.Event) (*event.Event, error) {
	for n := 0; ; n++ {
		out, err := c.Send(ctx, url, ev)
		var e *remoteError
		if err == nil || !errors.As(err, &e) || !e.temporary {
			return out, err
		}
		pause := jittered(min(firstPause<<min(n, maxDoublings), longestPause))
		if !Rest(ctx, max(pause, e.problem.RetryAfter)) {
			return nil, err
		}
	}
}

// Rest waits, unless ctx ends before the pause does.
func Rest(ctx context.Context, pause time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= pause {
		return false
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func jittered(pause time.Duration) time.Duration {
	return time.Duration(float64(pause) * (1 + jitterPart*(2*rand.Float64()-1))) //nolint:gosec // no secret
}
