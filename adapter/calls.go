package adapter

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// exchange is what an answer is about.
type exchange struct {
	id       reply.ID
	text     string           // of id
	route    *route           // nil for what is no call of a chain
	mode     cloudevents.Mode // how a result is written
	start    time.Time
	deadline time.Time
}

func newExchange(id reply.ID) exchange { return exchange{id: id, text: id.String()} }

// newCall makes a call that starts now.
func (a *Adapter) newCall(tenant string) *call {
	now := time.Now()
	c := &call{exchange: newExchange(reply.NewID(now, a.cfg.Mailbox)), tenant: tenant}
	c.start = now
	return c
}

// call is one request on its way through its chain.
type call struct {
	exchange

	tenant string
	key    string // its idempotency key, in the scope of the tenant
	ask    ask
	in     event.Event
	work   workContext // of its functions

	carrier Carrier
	hold    time.Time // when the connection is answered at the latest
	ends    bool      // its work ends with its connection: nothing may go on behind the answer

	// Of a held call; only its goroutine uses them.
	returned bool        // its carrier has returned
	stopGone func() bool // no longer waits for its client to go away; nil if it does not

	shared atomic.Bool // its connection and its work both take it out of the calls

	mu         sync.Mutex
	watchdog   *time.Timer // answers a held call whose function does not return
	why        error       // why its work was stopped
	registered bool        // the store has promised to keep its reply
	came       bool        // the store had its reply when it was registered
	answered   bool        // its connection has been answered before the chain ended
	over       bool        // the chain has ended
	left       bool        // its connection does not wait any more
	unlook     func()      // ends the polling for its reply; nil if there is none
	progress   progressLog
}

// Why the work of a call is stopped before its deadline.
var (
	errClientGone = errors.New("the client has gone away")
	errDraining   = errors.New("the server is shutting down")
	errCancelled  = errors.New("the request was cancelled")
	errExited     = errors.New("a function ended its goroutine by runtime.Goexit")
)

// errUnexpected is for a carrier that answers 202 where no reply can come later.
var errUnexpected = errors.New("the event was accepted, but no reply can come to this adapter later")

// The work of a call ends a margin before its deadline, so that the answer can
// still be given before it: a tenth of its time, and 100 ms at most.
const (
	marginPart = 10
	marginMost = 100 * time.Millisecond
)

// workUntil is when the context of the functions ends.
func (c *call) workUntil() time.Time {
	return c.deadline.Add(-c.margin())
}

// answerUntil is when a call is answered whose function has not returned.
func (c *call) answerUntil() time.Time {
	return c.deadline.Add(-c.margin() / 2) //nolint:mnd // half-way between the end of the work and the deadline
}

func (c *call) margin() time.Duration {
	return min(c.deadline.Sub(c.start)/marginPart, marginMost)
}

// stopWork ends the context of the call's functions. The first reason counts.
func (c *call) stopWork(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopLocked(why)
}

// stopped gives the reason for which the work was stopped, or nil.
func (c *call) stopped() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.why
}

func (c *call) stopLocked(why error) {
	if c.why == nil {
		c.why = why
	}
	c.work.cancel()
}

// because puts the reason for which the work was stopped in the place of the
// error that the end of its context has caused.
func (c *call) because(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.why != nil && errors.Is(err, context.Canceled) {
		return c.why
	}
	return err
}

// calls are all calls that run in this process. Shards keep cores from waiting
// for each other.
type calls struct {
	gate

	idle   chan struct{} // gets a value when the last call has ended
	shards [callShards]callShard
}

const callShards = 16

type callShard struct {
	mu   sync.Mutex
	byID map[reply.ID]*call
}

func newCalls(limit int) calls {
	return calls{gate: newGate(limit), idle: make(chan struct{}, 1)}
}

func (cs *calls) shard(id reply.ID) *callShard {
	return &cs.shards[id[9]%callShards] // a random byte
}

// add takes a call in, unless the limit is reached.
func (cs *calls) add(c *call) bool {
	if !cs.enter() {
		return false
	}
	s := cs.shard(c.id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[reply.ID]*call{}
	}
	s.byID[c.id] = c
	return true
}

// remove takes a call out; one that is shared when it is called the second
// time, so that Drain waits for the connection of a call whose work is done
// elsewhere.
func (cs *calls) remove(c *call) {
	if c.shared.CompareAndSwap(true, false) {
		return
	}
	s := cs.shard(c.id)
	s.mu.Lock()
	delete(s.byID, c.id)
	s.mu.Unlock()
	if cs.leave() == 0 {
		select {
		case cs.idle <- struct{}{}:
		default:
		}
	}
}

// find gives a call that runs in this process, or nil.
func (cs *calls) find(id reply.ID) *call {
	s := cs.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byID[id]
}

// all gives the calls that run now.
func (cs *calls) all() []*call {
	var out []*call
	for i := range cs.shards {
		s := &cs.shards[i]
		s.mu.Lock()
		for _, c := range s.byID {
			out = append(out, c)
		}
		s.mu.Unlock()
	}
	return out
}

// gate lets a limited number through at once.
type gate struct {
	limit int64
	count atomic.Int64
}

func newGate(limit int) gate { return gate{limit: int64(limit)} }

func (g *gate) enter() bool {
	if g.count.Add(1) > g.limit {
		g.count.Add(-1)
		return false
	}
	return true
}

// leave gives how many are still inside.
func (g *gate) leave() int64 { return g.count.Add(-1) }
