package invoke

import "time"

const (
	// settleTime is how long a result is held back for the runtime to ask for
	// its next invocation, which it does at once: so the caller's next call
	// finds the environment free, and not busy with its last microseconds.
	settleTime = 200 * time.Millisecond
	// memoryEvery is how often the memory of a working process is looked at.
	memoryEvery = 20 * time.Millisecond
)

// submit gives an invocation to the environment, of which the caller holds a
// slot, and sees it through to its end.
func (e *environment) submit(inv *invocation) {
	e.mu.Lock()
	e.inflight[inv.id] = inv
	e.mu.Unlock()
	e.work <- inv
	go func() {
		defer e.service.running.Done()
		e.watch(inv)
	}()
}

// watch holds an invocation to its limits. It ends when the environment is
// free again, or gone: then the slot is given back and the result published.
func (e *environment) watch(inv *invocation) {
	w := watching{environment: e, inv: inv, delivered: inv.delivered, answered: inv.answered, left: e.left}
	w.limit = time.NewTimer(e.service.opts.InitTimeout)
	defer w.limit.Stop()
	memory := time.NewTicker(memoryEvery)
	defer memory.Stop()
	for ended := false; !ended; {
		select {
		case <-w.delivered:
			w.delivered, w.running = nil, true
			w.limit.Reset(time.Until(inv.deadline))
		case <-w.answered:
			w.answered = nil
			w.settle = time.After(settleTime)
		case <-w.settle:
			inv.publish()
		case <-w.limit.C:
			w.overdue()
		case <-memory.C:
			if e.tooLarge() {
				w.condemn(failMemory(inv.id))
			}
		case <-inv.settled:
			ended = true
		case <-w.left:
			w.left = nil
			if e.move(inv) {
				return
			}
		case <-e.done:
			if e.move(inv) {
				return
			}
			inv.answer(e.failure(inv.id))
			ended = true
		}
	}
	e.drop(inv)
	e.service.release(e)
	inv.publish()
}

// watching is the state of watch.
type watching struct {
	*environment

	inv                 *invocation
	limit               *time.Timer
	delivered, answered <-chan struct{}
	left                <-chan struct{}
	settle              <-chan time.Time
	running             bool // the function's timeout counts, not the init's
}

// overdue ends what takes too long: an init, or an invocation. An invocation
// that waits in an environment that is ready gets the function's timeout.
func (w *watching) overdue() {
	switch {
	case w.running && w.inv.isAnswered() && w.service.isShared(w.environment):
		w.limit.Reset(w.function.Timeout) // its neighbours are not to blame
	case w.running:
		w.condemn(failTimeout(w.inv.id, w.function.Timeout))
	case w.isReady():
		w.running = true
		w.limit.Reset(w.function.Timeout)
	default:
		w.condemn(failInitTimeout(w.inv.id, w.service.opts.InitTimeout))
	}
}

// condemn answers with a failure, unless the function has answered, and kills
// the process. The caller hears of it when that is gone.
func (w *watching) condemn(f failure) {
	w.inv.answer(f.result())
	w.answered = nil
	w.service.discard(w.environment)
}
