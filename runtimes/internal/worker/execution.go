package worker

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
	"github.com/homing-dev/homing/runtimes/vertex"
)

// outcome is how the execution of a segment has ended.
type outcome struct {
	carrier.Result

	err      error
	step     string // that ran last
	progress []reply.Progress
}

// replacedBy is the outcome in the place of o, whose event could not be
// delivered.
func (o outcome) replacedBy(err error) outcome {
	if why := invalid(err); why != nil {
		err = why
	}
	return outcome{err: err, step: o.step, progress: o.progress}
}

// limit is until when a segment may run.
type limit struct {
	end   time.Time
	cause error // why not longer; nil if that is the deadline of the request
}

// Before the end of an invocation, time is left to complete the request: a
// tenth of what there was, within these bounds.
const (
	leastMargin = 100 * time.Millisecond
	mostMargin  = 2 * time.Second
	marginPart  = 10
)

// limitOf is the deadline, or a margin before the end of ctx, if that comes
// earlier.
func limitOf(ctx context.Context, deadline time.Time) limit {
	end, ok := ctx.Deadline()
	if !ok {
		return limit{end: deadline}
	}
	end = end.Add(-min(max(time.Until(end)/marginPart, leastMargin), mostMargin))
	if deadline.Before(end) {
		return limit{end: deadline}
	}
	return limit{end, functions.Errorf(http.StatusGatewayTimeout,
		"the step did not end within the time that the platform gives its function")}
}

func (l limit) apply(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithDeadlineCause(ctx, l.end, l.cause)
}

// run executes a segment on a goroutine of its own: it returns at the limit
// even if a function ignores its context, and whatever becomes of the
// goroutine.
func (l limit) run(ctx context.Context, in event.Event, s Segment, running *sync.WaitGroup) outcome {
	position := &carrier.Position{}
	ctx = context.WithValue(vertex.WithWaitGroup(ctx, running), carrier.PositionKey{}, position)
	ctx, cancel := l.apply(ctx)
	defer cancel()
	var mu sync.Mutex
	var steps []reply.Progress
	var onProgress func(reply.Progress)
	if s.Chain.Progress {
		onProgress = func(p reply.Progress) {
			mu.Lock()
			defer mu.Unlock()
			steps = append(steps, p)
		}
	}
	ended := make(chan outcome, 1)
	running.Go(func() {
		out := outcome{err: problem.ErrExited} // unless the steps return
		defer func() {
			if p := recover(); p != nil {
				out.err = problem.Panicked(p)
			}
			ended <- out
		}()
		out.Result, out.err = s.Vertex.CarryPart(ctx, in, s.First, s.End, onProgress)
	})
	var out outcome
	select {
	case out = <-ended:
	case <-ctx.Done():
		select {
		case out = <-ended:
		default:
			out.err = context.Cause(ctx)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	out.step = position.Step()
	out.progress = slices.Clip(steps) // a step that is left behind may add to it
	return out
}

// Wait waits until none of the goroutines runs that are counted in running, or
// returns the cause of the end of ctx.
func Wait(ctx context.Context, running *sync.WaitGroup) error {
	idle := make(chan struct{})
	go func() {
		running.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
