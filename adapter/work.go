package adapter

import (
	"context"
	"sync"
	"time"

	"github.com/homing-dev/homing/adapter/carrier"
)

// workContext is the context of the functions of one call. The timer and the
// links to its parent that a context of the standard library has cost more than
// the rest of a plain call, and most functions never ask for them. So they are
// made when Done is asked for, and until then Err looks at the clock.
//
// It lives inside its call. start must be called before it is used; it may be
// cancelled before.
type workContext struct {
	mu     sync.Mutex
	parent context.Context //nolint:containedctx // it is a context
	until  time.Time
	full   context.Context //nolint:containedctx // the same, once it was asked for
	stop   context.CancelFunc
	err    error // why it has ended, while full is nil

	position carrier.Position // of the execution that runs under it
}

// start sets what it ends with: its parent, or the time.
func (w *workContext) start(parent context.Context, until time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.parent, w.until = parent, until
}

// cancel ends it.
func (w *workContext) cancel() {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.full != nil:
		w.stop()
	case w.err == nil:
		w.err = context.Canceled
	}
}

// Deadline implements context.Context.
func (w *workContext) Deadline() (time.Time, bool) { return w.until, true }

// Done implements context.Context.
func (w *workContext) Done() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.full == nil {
		made := make(chan struct{})
		go w.fill(made)
		<-made
	}
	return w.full.Done()
}

// fill creates the full context. It has a goroutine for it, since who asks for
// Done is about to wait, deep in a function: the stack that this takes would be
// kept for as long, and double what the goroutine of the connection needs.
func (w *workContext) fill(made chan<- struct{}) {
	defer close(made)
	w.full, w.stop = context.WithDeadline(w.parent, w.until)
	if w.err != nil {
		w.stop()
	}
	w.full.Done() // creates its channel, too
}

// Err implements context.Context.
func (w *workContext) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.full != nil && w.err == nil {
		return w.full.Err() //nolint:wrapcheck // a context's own
	}
	if w.err == nil {
		w.err = w.parent.Err()
	}
	if w.err == nil && !time.Now().Before(w.until) {
		w.err = context.DeadlineExceeded
	}
	return w.err
}

// Value implements context.Context. Contexts that are made of this one find the
// full one by it, and need no goroutine to watch it.
func (w *workContext) Value(key any) any {
	if key == (carrier.PositionKey{}) {
		return &w.position
	}
	w.mu.Lock()
	from := w.full
	if from == nil {
		from = w.parent
	}
	w.mu.Unlock()
	return from.Value(key)
}
