package carrier

import (
	"context"
	"errors"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/internal/backoff"
)

// LongestDelay is between two attempts to send an event, at most.
const LongestDelay = 2 * time.Second

// Retry makes attempts until one succeeds, or fails with what is no [StepError]
// or one for which another attempt would not help. It honours RetryAfter, and
// returns the last error when the next attempt would start after the end of ctx.
func Retry(ctx context.Context, attempt func() error) error {
	for n := 0; ; n++ {
		err := attempt()
		e, ok := errors.AsType[*StepError](err)
		if !ok || !e.temporary || !backoff.Sleep(ctx, max(backoff.Delay(n, LongestDelay), e.Problem.RetryAfter)) {
			return err
		}
	}
}

// sendWithRetry sends ev until it is answered for good, in the cases in which
// Knative's data plane delivers again.
func (c *Client) sendWithRetry(ctx context.Context, url string, ev event.Event) (out *event.Event, err error) {
	err = Retry(ctx, func() error {
		out, err = c.Send(ctx, url, ev)
		return err
	})
	return out, err
}
