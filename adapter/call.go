package adapter

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/httpbody"
)

// exchange is what an answer is about.
type exchange struct {
	id       reply.ID
	text     string           // of id
	tenant   string           // who has asked for it
	route    *route           // nil for what is no call of a chain
	base     string           // in front of the links of the answer
	mode     cloudevents.Mode // how a result is written
	start    time.Time
	deadline time.Time
	position *carrier.Position // of its execution; nil if it has none here
	log      *callLog          // nil if calls are not logged
	trace    callTrace
	seen     *call // itself; nil if nobody observes calls
}

// call is one request on its way through its chain.
type call struct {
	exchange

	ask    ask
	in     event.Event
	body   httpbody.Hold // of what in was read from, until the work has ended
	expiry time.Time     // of the client's event; zero if it has none

	carrier          Carrier
	work             workContext // of its functions
	workUntil        time.Time   // when that ends
	responseDeadline time.Time   // when the connection is answered at the latest
	endsWithResponse bool        // nothing may go on behind the answer
	handsOver        bool        // the event has to reach another process before the answer: behind it this one stands still

	state     state        // guarded by mu, as why; see apply
	holders   atomic.Int32 // its connection and its work, as far as they are not done
	mu        sync.Mutex
	why       error // why its work was stopped
	progress  progressLog
	lease     *lease         // on its idempotency key; nil without one
	admitted  admitted       // how it is among the calls that run at once; zero if all may
	counted   [2]*meter      // by which its tenant and its chain run it; nil if nobody counts that
	backlog   *promisedCalls // that counts it; nil if none does
	elsewhere bool           // its work goes on in another process

	// Of a sync call: its connection, which is answered under the mutex, by its
	// own goroutine or in its place.
	conn sync.Mutex
	w    http.ResponseWriter
	r    *http.Request
}

// newCall returns a call that starts now.
func (a *Adapter) newCall(tenant string) *call {
	now := time.Now()
	id := reply.NewID(now, a.cfg.Mailbox)
	c := &call{exchange: exchange{id: id, text: id.String(), tenant: tenant, start: now}}
	c.position = &c.work.position
	if a.cfg.Observer != nil {
		c.seen = c
	}
	if a.logs(id) {
		c.log = &callLog{logger: a.cfg.Logger, tenant: tenant, progress: &c.progress}
	}
	return c
}

// letGo is called when the work has ended, or goes on in another process: what it
// has begun with is not held while the reply is waited for and answered.
func (c *call) letGo() {
	c.in = event.Event{}
	c.body.Release()
}

// run runs a call and answers it. It is the one place that decides how the
// connection is held: on the goroutine of a plain call whose steps all run here,
// else while the work has a goroutine of its own.
func (a *Adapter) run(w http.ResponseWriter, r *http.Request, c *call) {
	if err := a.admitCall(r, c); err != nil {
		a.reject(w, c, err)
		return
	}
	onConnection := c.ask.key == "" && !c.ask.prefer.given() && !c.route.remote
	if onConnection {
		c.conn.Lock()
		c.w, c.r = w, r
		c.conn.Unlock()
	}
	c.trace.call(c)
	do, _ := c.apply(started, nil)
	a.began(c)
	switch {
	case do != nothing: // the time for Drain was over while its body was read
		a.reject(w, c, errDraining)
	case onConnection:
		a.sync(w, r, c)
	case c.ask.key != "":
		a.keyed(w, r, c)
	default:
		a.async(w, r, c)
	}
}

const (
	// The work of a call ends a margin before its deadline, so that it can still
	// be answered in time: a tenth of its time, and 100 ms at most.
	marginPart = 10
	marginMost = 100 * time.Millisecond
	// A call whose registration goes over the network has a fortieth of its time
	// for that before its deadline, and marginMost at most.
	registerPart = 40

	// contextMargin is how long before the end of its context a request is
	// answered.
	contextMargin = 100 * time.Millisecond
)

// schedule sets the times of c, once its route and what its caller asks for are
// known, and who carries it.
//
// Two times are not to be mixed up: at its deadline the work stops being
// wanted; the response deadline is the end of this connection. Where the
// process is frozen after the answer, the first cannot be behind the second for
// work that runs here.
func (a *Adapter) schedule(r *http.Request, c *call) {
	prefer, chain := &c.ask.prefer, &c.route.chain
	timeout := chain.Timeout
	if prefer.async {
		timeout = chain.AsyncTimeout
	}
	c.deadline = earlier(c.start.Add(timeout), c.expiry)
	c.carrier = c.route.carrier
	c.log.from(r)
	if hasScope(r, chain.Scopes.Fetch) != nil {
		prefer.link = 0
	}
	limit := a.platformLimit(r, c.start)
	if c.route.async != nil && prefer.given() {
		c.carrier = c.route.async
	} else if c.route.async != nil {
		c.endsWithResponse = true
		c.deadline = earlier(c.deadline, limit)
	}
	margin := min(c.deadline.Sub(c.start)/marginPart, marginMost)
	end := c.deadline
	if c.route.remote || a.cfg.SharedStore { // the store is asked over the network before the answer
		end = end.Add(-min(c.deadline.Sub(c.start)/registerPart, marginMost))
	}
	c.workUntil = end.Add(-margin)
	c.responseDeadline = end.Add(-margin / 2) //nolint:mnd // half-way between the end of the work and the deadline
	if c.handsOver = a.cfg.FreezesAfterResponse && !c.endsWithResponse; c.handsOver {
		c.workUntil = earlier(c.workUntil, limit)
	}
	if prefer.given() { // a wait of 0 for respond-async alone
		c.responseDeadline = earlier(c.responseDeadline, c.start.Add(prefer.wait))
	}
	c.responseDeadline = earlier(c.responseDeadline, limit)
}

// platformLimit returns when the platform ends the connection of r, which began
// at start; the zero time if it does not.
func (a *Adapter) platformLimit(r *http.Request, start time.Time) (limit time.Time) {
	if a.cfg.MaxWait > 0 {
		limit = start.Add(a.cfg.MaxWait)
	}
	if end, ok := r.Context().Deadline(); ok {
		limit = earlier(end.Add(-contextMargin), limit)
	}
	return limit
}

// earlier returns the earlier one of t and limit; a zero limit is none.
func earlier(t, limit time.Time) time.Time {
	if limit.IsZero() || t.Before(limit) {
		return t
	}
	return limit
}

// later returns the later one of two times.
func later(t, other time.Time) time.Time {
	if t.After(other) {
		return t
	}
	return other
}

// calls are all calls that run in this process. Shards keep cores from waiting
// for each other.
type calls struct {
	gate

	shards    [callShards]callShard
	admission *admission // nil if all calls run at once
}

const callShards = 16

type callShard struct {
	mu   sync.Mutex
	byID map[reply.ID]*call
}

func newCalls(limit int) *calls {
	cs := &calls{gate: newGate(limit)}
	for i := range cs.shards {
		cs.shards[i].byID = map[reply.ID]*call{}
	}
	return cs
}

func (cs *calls) shard(id reply.ID) *callShard {
	return &cs.shards[id[9]%callShards] // a random byte
}

// add takes a call in, for one holder, and reports whether the limit allows it.
func (cs *calls) add(c *call) bool {
	if !cs.enter() {
		return false
	}
	c.holders.Store(1)
	s := cs.shard(c.id)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byID[c.id] = c
	return true
}

// release takes a call out if no other holder is left: so Drain waits for the
// connection of a call whose work another process does, and for the work of a
// call that was answered.
func (cs *calls) release(c *call) {
	if c.holders.Add(-1) > 0 {
		return
	}
	c.body.Release()
	c.uncount()
	cs.admission.leave(c)
	s := cs.shard(c.id)
	s.mu.Lock()
	delete(s.byID, c.id)
	s.mu.Unlock()
	cs.leave()
}

// find returns a call that runs in this process, or nil.
func (cs *calls) find(id reply.ID) *call {
	s := cs.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byID[id]
}

// all returns the calls that run now.
func (cs *calls) all() []*call {
	var out []*call
	for i := range cs.shards {
		s := &cs.shards[i]
		s.mu.Lock()
		out = slices.AppendSeq(out, maps.Values(s.byID))
		s.mu.Unlock()
	}
	return out
}

// gate lets a limited number through at once.
type gate struct {
	limit int64
	count atomic.Int64
	empty chan struct{} // gets a value when the last one has left
}

func newGate(limit int) gate { return gate{limit: int64(limit), empty: make(chan struct{}, 1)} }

func (g *gate) enter() bool {
	if g.count.Add(1) > g.limit {
		g.count.Add(-1)
		return false
	}
	return true
}

func (g *gate) leave() {
	if g.count.Add(-1) == 0 {
		g.signal()
	}
}

func (g *gate) signal() {
	select {
	case g.empty <- struct{}{}:
	default:
	}
}

// idle waits until nobody is inside, and reports false if ctx ends first. Several
// goroutines may wait.
func (g *gate) idle(ctx context.Context) bool {
	for g.count.Load() > 0 {
		select {
		case <-g.empty:
		case <-ctx.Done():
			return g.count.Load() == 0
		}
	}
	g.signal() // another may wait too
	return true
}
