package adapter

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// answerGrace is how long answers may take to be written once Drain's time is
// over.
const answerGrace = 200 * time.Millisecond

// Drain takes no more calls: readiness goes 503, new calls get 503 with
// Retry-After. It returns nil when the last running call has ended, and who asks
// for a reply is answered. If ctx ends first, what still runs or waits for the store
// is answered with 503 and Drain returns the cause of ctx. It may be called again,
// and by several goroutines.
func (a *Adapter) Drain(ctx context.Context) error {
	a.drain.Do(func() { close(a.draining) })
	if a.idle(ctx) {
		return nil
	}
	for _, c := range a.calls.all() { // at once: a client may be slow to read
		go a.overdue(c, drained)
	}
	a.abort.Do(func() { close(a.aborted) })
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerGrace)
	defer cancel()
	a.idle(grace)
	return context.Cause(ctx)
}

// idle waits until nothing is left to be answered, and reports false if ctx ends
// first.
func (a *Adapter) idle(ctx context.Context) bool {
	return a.calls.idle(ctx) && a.replies.idle(ctx) && a.fetches.idle(ctx) && a.deliveries.idle(ctx)
}

func (a *Adapter) isDraining() bool {
	select {
	case <-a.draining:
		return true
	default:
		return false
	}
}

// needsStore reports whether plain calls need the store: their replies come
// there. An adapter whose steps run inline goes on without it.
func (a *Adapter) needsStore() bool {
	return slices.ContainsFunc(a.routes, func(rt *route) bool { return rt.remote })
}

// Ready reports whether the adapter takes calls.
func (a *Adapter) Ready() bool { return !a.isDraining() }

func (a *Adapter) handleLiveness(w http.ResponseWriter, _ *http.Request) {
	writeHealth(w, http.StatusOK, "ALIVE")
}

func (a *Adapter) handleReadiness(w http.ResponseWriter, r *http.Request) {
	if a.isDraining() {
		a.fail(w, &exchange{}, errDraining)
		return
	}
	if a.needsStore() && !a.store.answers(r.Context(), a.cfg.Mailbox) {
		a.fail(w, &exchange{}, storeError(errSilent))
		return
	}
	writeHealth(w, http.StatusOK, "READY")
}

func writeHealth(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // a client that is gone needs no answer
}
