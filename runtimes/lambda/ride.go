package lambda

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

// ride is the run of the steps of a task, on a goroutine of its own: whoever
// waits for it can answer at the deadline, even if a function ignores its
// context or ends the goroutine.
type ride struct {
	ctx     context.Context //nolint:containedctx // for the time of one invocation
	cancel  context.CancelFunc
	tracker *tracker
	ended   chan struct{} // closed when the steps have ended

	mu       sync.Mutex
	result   outcome
	progress []reply.Progress
}

// Before the end of an invocation, time is left to complete the request: a
// tenth of what there was, within these bounds.
const (
	leastMargin = 100 * time.Millisecond
	mostMargin  = 2 * time.Second
	marginPart  = 10
)

// start starts the steps of t. They run until its deadline, or until the
// platform's limit is near.
func (v *vertex) start(ctx context.Context, t task) *ride {
	until, cause := t.deadline, error(nil)
	if end, ok := ctx.Deadline(); ok {
		margin := min(max(time.Until(end)/marginPart, leastMargin), mostMargin)
		if end = end.Add(-margin); end.Before(until) {
			until, cause = end, platformLimit()
		}
	}
	r := &ride{tracker: &tracker{}, ended: make(chan struct{}), result: outcome{err: problem.ErrExited}}
	r.ctx, r.cancel = context.WithDeadlineCause(context.WithValue(ctx, trackerKey{}, r.tracker), until, cause)
	go r.run(t)
	return r
}

// platformLimit is for steps whose deadline is behind the end of the
// invocation.
func platformLimit() error {
	return functions.Errorf(http.StatusGatewayTimeout, "the step did not end within the time that the platform gives its function")
}

func (r *ride) run(t task) {
	defer close(r.ended)
	defer func() {
		if p := recover(); p != nil {
			r.settle(outcome{err: fmt.Errorf("panic: %v\n%s", p, debug.Stack())})
		}
	}()
	var hear func(reply.Progress)
	if t.chain.Progress {
		hear = r.hear
	}
	out, err := t.leg.Vertex.CarryPart(r.ctx, t.in, t.leg.First, t.leg.End, hear)
	r.settle(outcome{out: out.Event, err: err})
}

func (r *ride) settle(o outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result = o
}

func (r *ride) hear(p reply.Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress = append(r.progress, p)
}

// outcome waits for the steps, and not longer than they may take.
func (r *ride) outcome() outcome {
	select {
	case <-r.ended:
	case <-r.ctx.Done():
		select {
		case <-r.ended:
		default:
			return r.told(outcome{err: context.Cause(r.ctx)})
		}
	}
	r.mu.Lock()
	o := r.result
	r.mu.Unlock()
	return r.told(o)
}

// told adds the progress so far.
func (r *ride) told(o outcome) outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	o.progress = slices.Clip(r.progress)
	return o
}

// wait waits until no function runs any more, or until ctx ends.
func (r *ride) wait(ctx context.Context) {
	select {
	case <-r.ended:
		r.tracker.wait(ctx)
	case <-ctx.Done():
	}
}
