package knative

import (
	"context"
	"sync"

	"github.com/homing-dev/homing/runtimes/internal/worker"
)

// work counts what a process works on, so that it can drain.
type work struct {
	mu      sync.RWMutex
	closed  bool
	running sync.WaitGroup
}

// enter reports whether work may begin. It ends by leave.
func (k *work) enter() bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if !k.closed {
		k.running.Add(1)
	}
	return !k.closed
}

func (k *work) leave() { k.running.Done() }

func (k *work) draining() bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.closed
}

// drain lets no more work begin and waits until none runs, or returns the cause
// of the end of ctx.
func (k *work) drain(ctx context.Context) error {
	k.mu.Lock()
	k.closed = true
	k.mu.Unlock()
	return worker.Wait(ctx, &k.running)
}
