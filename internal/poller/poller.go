package poller

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/poller/schedule"
)

// Poller finds the replies of one adapter process. It is safe for concurrent
// use.
type Poller struct {
	store   reply.Scanner
	box     reply.Mailbox
	deliver func(Result)
	o       Options
	metrics *metrics
	epoch   time.Time     // the clock's zero; what counts is its monotonic part
	news    chan struct{} // wakes the goroutine; has room for one

	mu      sync.Mutex
	sched   *schedule.Scheduler
	waits   map[reply.ID]*wait
	outbox  []Result // to be delivered
	session *session // nil while nothing waits
	panics  int      // in a row
	closed  bool
}

// wait is a call that waits, once or more.
type wait struct {
	call  Call
	start time.Time // when its age was 0
	count int
	trace trace.SpanContext
}

// session is a time in which something waits. Its reads end with it.
type session struct {
	ctx    context.Context //nolint:containedctx // of many reads, for none of which there is a call that could carry it
	cancel context.CancelFunc
}

// maxAge bounds what a clock that jumped makes of the start of a request.
const maxAge = time.Hour

// New creates a poller for a mailbox of a store. deliver is called once for each
// id whose reply was found, or which was cancelled, on the poller's goroutine:
// it must not block. It is not called for an id that nobody waits for.
func New(store reply.Scanner, box reply.Mailbox, deliver func(Result), o Options) *Poller {
	p := &Poller{
		store: store, box: box, deliver: deliver, o: o.withDefaults(), epoch: time.Now(),
		news: make(chan struct{}, 1), waits: map[reply.ID]*wait{},
	}
	p.sched = p.newScheduler()
	p.metrics = newMetrics(p)
	return p
}

func (p *Poller) newScheduler() *schedule.Scheduler {
	return schedule.New(schedule.Config{
		Box: p.box, Price: p.o.Price.bounded(), Floor: p.o.Floor, Cap: p.o.Cap, Random: rand.Float64,
	})
}

// Wait waits for the reply of a call, until stop is called or it is delivered.
// Waits for one id may overlap: they share one delivery. stop may be called
// more than once, and after the delivery. A call of another mailbox is asked
// for by key. After Close nothing is waited for.
//
// Reads are for many calls, and go on when that which began them has ended. They
// have the values of the ctx of the first call that waits, and not its end.
func (p *Poller) Wait(ctx context.Context, c Call) (stop func()) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return func() {}
	}
	w := p.waits[c.ID]
	if w == nil {
		age := min(max(now.Sub(c.ID.Time()), 0), maxAge)
		w = &wait{call: c, start: now.Add(-age), trace: trace.SpanContextFromContext(ctx)}
		p.waits[c.ID] = w
	} else if c.Until.IsZero() || !w.call.Until.IsZero() && c.Until.After(w.call.Until) {
		w.call.Until = c.Until
	}
	w.count++
	p.add(w, now)
	p.begin(ctx)
	return sync.OnceFunc(func() { p.unsubscribe(w) })
}

// add passes a call to the scheduler.
func (p *Poller) add(w *wait, now time.Time) {
	in := schedule.Call{ID: w.call.ID, Chain: w.call.Chain, Age: now.Sub(w.start)}
	if !w.call.Until.IsZero() {
		in.Until = max(w.call.Until.Sub(p.epoch), 1)
	}
	p.sched.Add(now.Sub(p.epoch), in)
}

// begin sees to it that a session runs and notices what is new.
func (p *Poller) begin(ctx context.Context) {
	if p.session != nil {
		p.wake()
		return
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p.session = &session{ctx, cancel}
	go p.run(p.session)
}

func (p *Poller) wake() {
	select {
	case p.news <- struct{}{}:
	default:
	}
}

func (p *Poller) unsubscribe(w *wait) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.count--
	if w.count > 0 || p.waits[w.call.ID] != w {
		return
	}
	delete(p.waits, w.call.ID)
	p.sched.Remove(time.Since(p.epoch), w.call.ID)
	if len(p.waits) == 0 {
		p.wake()
	}
}

// Close stops the poller: nothing is delivered once its goroutine has noticed,
// and later Waits wait for nothing.
func (p *Poller) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	clear(p.waits)
	p.outbox = nil
	p.sched = p.newScheduler()
	if p.session != nil {
		p.session.cancel()
	}
}
