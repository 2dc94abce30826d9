package knative

import (
	"context"
	"sync"
)

// work counts the events that a vertex works on, so that it can drain.
type work struct {
	mu      sync.Mutex
	running int
	closed  bool
	idle    chan struct{} // closed when draining and nothing runs
}

func newWork() *work { return &work{idle: make(chan struct{})} }

// enter says whether work may begin, and gives what ends it.
func (k *work) enter() (leave func(), ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return nil, false
	}
	k.running++
	return k.leave, true
}

func (k *work) leave() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.running--
	if k.closed && k.running == 0 {
		close(k.idle)
	}
}

func (k *work) draining() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.closed
}

// drain lets no more work begin and waits until none runs, or gives the cause
// of ctx.
func (k *work) drain(ctx context.Context) error {
	k.mu.Lock()
	if !k.closed {
		k.closed = true
		if k.running == 0 {
			close(k.idle)
		}
	}
	k.mu.Unlock()
	select {
	case <-k.idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
