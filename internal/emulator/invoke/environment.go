package invoke

import (
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// stopGrace is how long a process may take to end by SIGTERM.
const stopGrace = 500 * time.Millisecond

// environment is one process of a function, with its Runtime API.
type environment struct {
	service  *Service
	function *function
	work     chan *invocation // never blocks: it has room for every slot
	ready    chan struct{}    // closed when the runtime has asked for work
	left     chan struct{}    // closed when the runtime has gone without taking work
	done     chan struct{}    // closed when the process has ended and is forgotten

	// Guarded by Service.mu.
	used   int    // slots that invocations hold
	last   uint64 // order of use, for throwing the oldest away
	idle   *time.Timer
	frozen bool

	mu        sync.Mutex
	process   *process // nil until it is started
	doomed    bool     // killed, perhaps before it was started
	inflight  map[string]*invocation
	completed []*invocation // that wait for the runtime to ask for the next
	initError *Result       // how the runtime failed in its init
	startErr  error         // why there is no process
}

func newEnvironment(s *Service, f *function) *environment {
	return &environment{
		service: s, function: f, work: make(chan *invocation, f.PerEnvironment),
		ready: make(chan struct{}), left: make(chan struct{}), done: make(chan struct{}), inflight: map[string]*invocation{},
	}
}

// run runs the process of the environment, and its Runtime API as long.
func (e *environment) run() {
	defer close(e.done)
	defer e.service.forget(e)
	ln, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // binds a port, which does not take time
	if err != nil {
		e.startErr = err
		return
	}
	srv := &http.Server{Handler: e.api(), ReadHeaderTimeout: e.service.opts.InitTimeout}
	e.service.running.Go(func() { _ = srv.Serve(ln) }) // ends by Close
	defer srv.Close()                                  //nolint:errcheck // the process has ended
	env := environ(e.function.Function, e.service.opts.Env, e.service.opts.region(), ln.Addr().String())
	p, err := spawn(e.function.Bootstrap, e.function.Dir, env, e.function.log)
	if err != nil {
		e.startErr = err
		return
	}
	e.started(p)
	<-p.ended
	e.service.opts.Logger.Debug("an environment ended", "function", e.function.Name, "state", p.state())
}

func (e *environment) started(p *process) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.process = p
	if e.doomed {
		p.signal(syscall.SIGKILL)
	}
}

// signal goes to the process and what it has started. SIGKILL holds for a
// process that is not there yet.
func (e *environment) signal(sig syscall.Signal) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if sig == syscall.SIGKILL {
		e.doomed = true
	}
	if e.process != nil {
		e.process.signal(sig)
	}
}

// stop ends the process: SIGTERM, and SIGKILL if that takes longer than
// stopGrace, or when now ends.
func (e *environment) stop(now <-chan struct{}) {
	e.signal(syscall.SIGTERM)
	e.signal(syscall.SIGCONT) // a stopped process takes no signal
	select {
	case <-e.done:
		return
	case <-time.After(stopGrace):
	case <-now:
	}
	e.signal(syscall.SIGKILL)
	<-e.done
}

// failure is the result of an invocation whose process has ended.
func (e *environment) failure(id string) Result {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.startErr != nil:
		return failed("Runtime.InvalidEntrypoint", id, "%s", e.startErr).result()
	case e.initError != nil:
		return *e.initError
	default:
		return failExit("Runtime.ExitError", id, e.process.state()).result()
	}
}

// tooLarge reports whether the process has more memory than its function may
// have.
func (e *environment) tooLarge() bool {
	const mebi = 1 << 20
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.process != nil && e.process.memory() > int64(e.function.MemoryMB)*mebi
}

// drop forgets an invocation that is no longer the environment's.
func (e *environment) drop(inv *invocation) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.inflight, inv.id)
	e.completed = without(e.completed, inv)
}
