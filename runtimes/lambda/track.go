package lambda

import (
	"context"
	"sync"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

// tracker counts the functions that run for one invocation. A step answers at
// its timeout even if its function goes on; Lambda would freeze that in the
// middle once the invocation has returned.
type tracker struct {
	mu      sync.Mutex
	running int
	idle    chan struct{} // closed when nothing runs; nil if nobody waits
}

// trackerKey finds the tracker of an invocation in the context of its functions.
type trackerKey struct{}

// tracked is f, and counts with the tracker of its context, if it has one.
func tracked(f functions.Function) functions.Function {
	return func(ctx context.Context, in event.Event) (*event.Event, error) {
		if t, ok := ctx.Value(trackerKey{}).(*tracker); ok {
			t.enter()
			defer t.leave()
		}
		return f(ctx, in)
	}
}

func (t *tracker) enter() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running++
}

func (t *tracker) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running--
	if t.running == 0 && t.idle != nil {
		close(t.idle)
		t.idle = nil
	}
}

// wait waits until nothing runs, or until ctx ends: then it gives false. One
// goroutine may wait.
func (t *tracker) wait(ctx context.Context) bool {
	t.mu.Lock()
	if t.running == 0 {
		t.mu.Unlock()
		return true
	}
	idle := make(chan struct{})
	t.idle = idle
	t.mu.Unlock()
	select {
	case <-idle:
		return true
	case <-ctx.Done():
		return false
	}
}
