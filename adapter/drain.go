package adapter

import (
	"context"
	"net/http"
	"time"
)

// abortGrace is how long functions have to return once Drain's time is over.
const abortGrace = 50 * time.Millisecond

// Drain takes no more calls: readiness goes 503, new calls get 503 with
// Retry-After. It gives nil when the last running call has ended. If ctx ends
// first, what still runs is answered with 503 and Drain gives the cause of ctx.
// It may be called again, and by several goroutines.
func (a *Adapter) Drain(ctx context.Context) error {
	a.drain.Do(func() { close(a.draining) })
	if a.idle(ctx) {
		return nil
	}
	a.abort()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 4*abortGrace) //nolint:mnd // to write the answers
	defer cancel()
	a.idle(grace)
	return context.Cause(ctx)
}

// idle waits until no call runs; it gives false if ctx ends first.
func (a *Adapter) idle(ctx context.Context) bool {
	for a.calls.count.Load() > 0 {
		select {
		case <-a.calls.idle:
		case <-ctx.Done():
			return a.calls.count.Load() == 0
		}
	}
	select { // another Drain may wait too
	case a.calls.idle <- struct{}{}:
	default:
	}
	return true
}

// abort answers every running call now.
func (a *Adapter) abort() {
	for _, c := range a.calls.all() {
		c.mu.Lock()
		c.stopLocked(errDraining)
		if c.watchdog != nil {
			c.watchdog.Reset(abortGrace)
		}
		c.mu.Unlock()
	}
	a.abortOnce.Do(func() { close(a.aborted) })
}

func (a *Adapter) isDraining() bool {
	select {
	case <-a.draining:
		return true
	default:
		return false
	}
}

// Ready says whether the adapter takes calls.
func (a *Adapter) Ready() bool { return !a.isDraining() }

func (a *Adapter) handleLiveness(w http.ResponseWriter, _ *http.Request) {
	writeHealth(w, http.StatusOK, "ALIVE")
}

func (a *Adapter) handleReadiness(w http.ResponseWriter, _ *http.Request) {
	if a.isDraining() {
		a.fail(w, &exchange{}, errDraining)
		return
	}
	writeHealth(w, http.StatusOK, "READY")
}

func writeHealth(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // a client that is gone needs no answer
}
