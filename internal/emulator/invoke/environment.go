package invoke

import (
	"cmp"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/homing-dev/homing/internal/processgroup"
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
	asked     bool     // the service ends it
	starved   bool     // the kernel has killed it for want of memory
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
	kills := oomKills(os.DirFS("/"))
	e.started(p)
	<-p.ended
	e.service.forget(e) // before the log says that it has ended
	e.ended(p, kills)
}

// ended notes how the process has ended, and logs it: who it was if it was not
// the service. kills is how many the kernel had killed for want of memory when it
// was started.
func (e *environment) ended(p *process, kills int64) {
	starved := p.wasKilled() && e.service.starved(kills)
	e.mu.Lock()
	e.starved = starved && !e.asked
	asked, running := e.asked, slices.Sorted(maps.Keys(e.inflight))
	e.mu.Unlock()
	attrs := []any{"function", e.function.Name, "how", cmp.Or(p.state(), "exit status 0"), "requests", running}
	switch {
	case asked:
		e.service.opts.Logger.Debug("a process of a function was ended", attrs...)
	case starved:
		e.service.opts.Logger.Warn("a process of a function was killed by the kernel, which has too little memory", attrs...)
	case p.wasKilled():
		e.service.opts.Logger.Warn("a process of a function was killed by somebody else, and not for its memory", attrs...)
	default:
		e.service.opts.Logger.Warn("a process of a function has ended by itself", attrs...)
	}
}

func (e *environment) started(p *process) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.process = p
	if e.doomed {
		p.signal(processgroup.Kill)
	}
}

// signal goes to the process and what it has started. SIGKILL holds for a
// process that is not there yet.
func (e *environment) signal(sig syscall.Signal) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if sig == processgroup.Kill {
		e.doomed = true
	}
	if e.process != nil {
		e.process.signal(sig)
	}
}

// ask notes that it is the service that ends the process.
func (e *environment) ask() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = true
}

// stop ends the process: SIGTERM, and SIGKILL if that takes longer than
// stopGrace, or when now ends.
func (e *environment) stop(now <-chan struct{}) {
	e.ask()
	e.signal(processgroup.Terminate)
	e.signal(processgroup.Continue) // a stopped process takes no signal
	select {
	case <-e.done:
		return
	case <-time.After(stopGrace):
	case <-now:
	}
	e.signal(processgroup.Kill)
	<-e.done
}

// endSoon ends a process whose runtime has gone, unless it ends by itself now.
func (e *environment) endSoon() {
	select {
	case <-e.done:
	case <-time.After(stopGrace):
		e.stop(nil)
	}
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
	case e.starved:
		return failExit("Runtime.OutOfMemory", id, e.process.state()).result()
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
