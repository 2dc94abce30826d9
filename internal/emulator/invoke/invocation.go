package invoke

import (
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// Result is what an invocation came to.
type Result struct {
	// Payload is the function's response, or its error object.
	Payload []byte
	// FunctionError is [Unhandled] if the function failed, else "".
	FunctionError string
	// ErrorType is errorType of the error object, as "Runtime.ExitError".
	ErrorType string
	// Version that ran: [Latest].
	Version string
	// RequestID of the invocation.
	RequestID string
}

// call is what is asked of a function.
type call struct {
	id            string
	payload       []byte
	trace         string // X-Ray tracing header
	clientContext string // JSON, "" for none
}

// invocation is a call on its way through an environment.
type invocation struct {
	call

	delivered chan struct{} // closed when the runtime has taken it
	deadline  time.Time     // read it after delivered
	completed chan struct{} // closed when result is there
	released  chan struct{} // closed when the runtime asked for the next one
	done      chan struct{} // closed when the caller may have the result

	claimed atomic.Bool // a runtime has taken it, or somebody moves it
	moves   int         // how often it went to another environment

	once     sync.Once
	result   Result
	doneOnce sync.Once
	stream   *stream // nil unless the response is streamed
}

func newInvocation(c call) *invocation {
	return &invocation{
		call: c, delivered: make(chan struct{}), completed: make(chan struct{}),
		released: make(chan struct{}), done: make(chan struct{}),
	}
}

// complete sets the result; the first one counts.
func (i *invocation) complete(r Result) {
	i.once.Do(func() {
		r.RequestID, r.Version = i.id, Latest
		i.result = r
		close(i.completed)
	})
}

// publish lets the caller have the result. A stream ends here only if it
// failed before its first byte; else it has ended by itself.
func (i *invocation) publish() {
	i.doneOnce.Do(func() {
		if i.stream != nil {
			i.stream.end(i.result)
		}
		close(i.done)
	})
}

// isClosed reports whether a channel that carries nothing is closed.
func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// stream is the response of a function as it comes.
type stream struct {
	r     *io.PipeReader
	w     *io.PipeWriter
	begun chan struct{} // closed with the first byte or the header of the response
	once  sync.Once
	ctype string // read it after begun
}

func newStream() *stream {
	r, w := io.Pipe()
	return &stream{r: r, w: w, begun: make(chan struct{})}
}

func (s *stream) begin(contentType string) {
	s.once.Do(func() {
		s.ctype = contentType
		close(s.begun)
	})
}

// end lets the reader read EOF, or the error of the function.
func (s *stream) end(r Result) {
	if r.FunctionError != "" {
		_ = s.w.CloseWithError(&FunctionError{Type: r.ErrorType, Payload: r.Payload})
		return
	}
	_ = s.w.Close()
}

const (
	// releaseTime is how long a result is held back for the runtime to ask for
	// its next invocation, which it does at once: so the caller's next call
	// finds the environment free.
	releaseTime = 2 * time.Second
	// memoryEvery is how often the memory of a working process is looked at.
	memoryEvery = 20 * time.Millisecond
)

// submit sends an invocation to the environment, of which the caller holds a
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
	w := watching{environment: e, inv: inv, delivered: inv.delivered, completed: inv.completed, left: e.left}
	w.limit = time.NewTimer(e.service.opts.InitTimeout)
	defer w.limit.Stop()
	memory := time.NewTicker(memoryEvery)
	defer memory.Stop()
	for ended := false; !ended; {
		select {
		case <-w.delivered:
			w.delivered, w.running = nil, true
			w.limit.Reset(time.Until(inv.deadline))
		case <-w.completed:
			w.completed = nil
			w.publish = time.After(releaseTime)
		case <-w.publish:
			inv.publish()
		case <-w.limit.C:
			w.overdue()
		case <-memory.C:
			if e.tooLarge() {
				w.fail(failExit("Runtime.OutOfMemory", inv.id, "signal: killed"))
			}
		case <-inv.released:
			ended = true
		case <-w.left:
			w.left = nil
			if e.move(inv) {
				return
			}
			if w.completed == nil { // nobody will ask; mostly the process ends now
				w.publish = time.After(endTime)
			}
		case <-e.done:
			if e.move(inv) {
				return
			}
			inv.complete(e.failure(inv.id))
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

	inv                  *invocation
	limit                *time.Timer
	delivered, completed <-chan struct{}
	left                 <-chan struct{}
	publish              <-chan time.Time
	running              bool // the function's timeout counts, not the init's
	failed               bool
}

// overdue ends what takes too long: an init, or an invocation. An invocation
// that waits in an environment that is ready gets the function's timeout.
func (w *watching) overdue() {
	switch {
	case w.running && isClosed(w.inv.completed) && w.service.isShared(w.environment):
		w.limit.Reset(w.function.Timeout) // its neighbours are not to blame
	case w.running:
		w.fail(failTimeout(w.inv.id, "Task", w.function.Timeout))
	case isClosed(w.ready):
		w.running = true
		w.limit.Reset(w.function.Timeout)
	default:
		w.fail(failTimeout(w.inv.id, "Init", w.service.opts.InitTimeout))
	}
}

// fail completes the invocation with a failure, unless it has a result, and
// kills the process. The caller gets the result when that is gone.
func (w *watching) fail(f failure) {
	w.inv.complete(f.result())
	w.completed = nil
	if w.failed {
		return // it is dying
	}
	w.failed = true
	w.service.opts.Logger.Warn("a process of a function is killed at a limit of the function",
		"function", w.function.Name, "limit", f.ErrorType, "error", f.ErrorMessage)
	w.service.discard(w.environment)
}

// maxMoves is how often an invocation may meet a runtime that goes without
// taking it.
const maxMoves = 3

// move submits an invocation that a runtime has left behind to another
// environment, as if it had only come now. It returns false if the runtime has
// taken it, if the environment never was ready, which is the invocation's
// failure, or if there is no room.
func (e *environment) move(inv *invocation) bool {
	if !isClosed(e.ready) || inv.moves >= maxMoves || isClosed(inv.completed) || !inv.claimed.CompareAndSwap(false, true) {
		return false
	}
	to := e.service.exchange(e)
	if to == nil {
		inv.claimed.Store(false) // a neighbour may still take it
		return false
	}
	e.drop(inv)
	inv.moves++
	inv.claimed.Store(false)
	to.submit(inv)
	return true
}
