package schedule

import (
	"container/list"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/poller/hazard"
)

// Call is a request whose reply is waited for.
type Call struct {
	ID reply.ID
	// Chain whose latency it shares; "" if it is not known.
	Chain string
	// Age is how long ago the request started.
	Age time.Duration
	// Until is when the waiting ends, by the scheduler's clock; 0 means never.
	// The final read, by key and strongly consistent, comes in time before it.
	Until time.Duration
}

// Most chains that have a model of their own; the others share one.
const maxChains = 512

// chain is what the calls of one chain share.
type chain struct {
	name    string
	model   hazard.Model
	buckets buckets
	curve   *hazard.Curve // for which missed holds
	missed  float64       // age from which a call is asked for by key
}

// call that waits.
type call struct {
	id      reply.ID
	chain   *chain
	start   float64       // when its age was 0
	since   float64       // when the waiting began
	until   float64       // +Inf for never
	asked   float64       // when it was last asked for by key and not found
	final   bool          // its final read was made
	running bool          // a get of it runs
	at      float64       // when it is to be asked for by key; +Inf for not at all
	index   int           // in the agenda
	shares  *list.Element // among those that take part in the scans; nil if it does not
}

func (c *call) age(now float64) float64 { return now - c.start }

// fresh reports whether a call that ends now was waited for nearly from its
// start. One that was known to take longer teaches nothing.
func (c *call) fresh(now float64) bool {
	const part, least = 0.1, 0.05
	return c.since-c.start <= max(least, part*c.age(now))
}

// shared are the calls that take part in the scans of the mailbox, in the order
// of their ids. New ones nearly always come at the end.
type shared struct {
	list list.List
}

func (s *shared) len() int { return s.list.Len() }

// all yields the calls, oldest first.
func (s *shared) all(yield func(*call) bool) {
	for e := s.list.Front(); e != nil && yield(callOf(e)); {
		e = e.Next()
	}
}

// oldest is the first call, if there is any.
func (s *shared) oldest() *call { return callOf(s.list.Front()) }

func (s *shared) add(c *call) {
	c.chain.buckets.add(c.start)
	before := s.list.Back()
	for before != nil && callOf(before).id.Compare(c.id) > 0 {
		before = before.Prev()
	}
	if before == nil {
		c.shares = s.list.PushFront(c)
	} else {
		c.shares = s.list.InsertAfter(c, before)
	}
}

// remove takes out a call, if it takes part.
func (s *shared) remove(c *call) {
	if c.shares != nil {
		c.chain.buckets.remove(c.start)
		s.list.Remove(c.shares)
		c.shares = nil
	}
}

func callOf(e *list.Element) *call { return e.Value.(*call) } //nolint:forcetypeassert // nothing else is in the list
