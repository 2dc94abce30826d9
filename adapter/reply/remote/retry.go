package remote

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/homing-dev/homing/internal/backoff"
)

// jitterPart is by how much pauses vary.
const jitterPart = 0.2

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
		case !backoff.Sleep(ctx, max(asked, backoff.Jitter(delay, jitterPart))):
			return passes.error
		}
		last = passes.error
		delay = min(delay*2, r.opts.RetryMaxDelay) //nolint:mnd // doubles
	}
}
