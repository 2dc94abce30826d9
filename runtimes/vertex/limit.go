package vertex

import (
	"context"
	"fmt"
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"
	"github.com/failsafe-go/failsafe-go/bulkhead"

	"github.com/homing-dev/homing/functions"
)

// limit says how many calls of a step run at once.
type limit struct {
	wait time.Duration // for a turn; 0: until the context ends
	turn turn
}

// turn waits for a turn and gives the function that ends it.
type turn func(ctx context.Context, wait time.Duration) (release func(), err error)

func newLimit(c functions.Concurrency) *limit {
	switch {
	case c.Max <= 0:
		return nil
	case c.Adaptive:
		return &limit{wait: c.Wait, turn: adaptiveTurn(uint(c.Max))}
	default:
		return &limit{wait: c.Wait, turn: fixedTurn(uint(c.Max))}
	}
}

// acquire waits for a turn. Its error means that none came in time.
func (l *limit) acquire(ctx context.Context) (release func(), err error) {
	release, err = l.turn(ctx, l.wait)
	if err != nil {
		return nil, fmt.Errorf("the step's concurrency limit is reached: %w", err)
	}
	return release, nil
}

func fixedTurn(most uint) turn {
	b := bulkhead.New[any](most)
	release := b.ReleasePermit
	return func(ctx context.Context, wait time.Duration) (func(), error) {
		if wait == 0 {
			return release, b.AcquirePermit(ctx)
		}
		return release, b.AcquirePermitWithMaxWait(ctx, wait)
	}
}

func adaptiveTurn(most uint) turn {
	l := adaptivelimiter.NewBuilder[any]().WithLimits(1, most, max(1, most/2)).Build() //nolint:mnd // half-way, to find it from there
	return func(ctx context.Context, wait time.Duration) (func(), error) {
		var permit adaptivelimiter.Permit
		var err error
		if wait == 0 {
			permit, err = l.AcquirePermit(ctx)
		} else {
			permit, err = l.AcquirePermitWithMaxWait(ctx, wait)
		}
		if err != nil {
			return nil, err
		}
		return permit.Record, nil
	}
}
