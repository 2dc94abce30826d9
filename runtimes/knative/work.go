package knative

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/runtimes/internal/worker"
)

// work counts what a process works on, so that it can drain.
type work struct {
	mu      sync.RWMutex
	closed  bool
	running sync.WaitGroup
	count   atomic.Int64 // of those that have not left
}

// collector returns the metric of what is worked on now.
func (k *work) collector() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "homing_events_in_flight", Help: "Events that are worked on now.",
	}, func() float64 { return float64(k.count.Load()) })
}

// enter reports whether work may begin. It ends by leave.
func (k *work) enter() bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if !k.closed {
		k.running.Add(1)
		k.count.Add(1)
	}
	return !k.closed
}

func (k *work) leave() {
	k.count.Add(-1)
	k.running.Done()
}

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
