package carrier

import (
	"context"
	"errors"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/internal/backoff"
)

// longestDelay is between two attempts to send an event, at most.
const longestDelay = 2 * time.Second

// sendWithRetry sends ev until it is answered for good, in the cases in which
// Knative's data plane delivers again. It honours Retry-After, and gives the
// last error when the next attempt would start after the end of ctx.
func (c *Client) sendWithRetry(ctx context.Context, url string, ev event.Event) (*event.Event, error) {
	for n := 0; ; n++ {
		out, err := c.Send(ctx, url, ev)
		var e *remoteError
		if err == nil || !errors.As(err, &e) || !e.temporary {
			return out, err
		}
		if !backoff.Sleep(ctx, max(backoff.Delay(n, longestDelay), e.problem.RetryAfter)) {
			return nil, err
		}
	}
}
