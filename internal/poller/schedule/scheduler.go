package schedule

import (
	"container/heap"
	"math"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/poller/hazard"
)

// Config of a [Scheduler].
type Config struct {
	// Box is the mailbox whose replies are looked for together. A call of
	// another mailbox is looked for by key.
	Box reply.Mailbox
	// Price is what a second of one caller's waiting is worth in read units;
	// it must be above 0.
	Price float64
	// Floor and Cap bound the time between two looks while something waits.
	// Floor is also at least half of the store's round trip.
	Floor, Cap time.Duration
	// Random gives numbers from 0 to 1, for the pause after an error.
	Random func() float64
	// Curve, if it is set, is what is known of a chain's latency for sure;
	// then nothing is learned.
	Curve func(chain string) *hazard.Curve
}

// Scheduler decides which reads are due. It is not safe for concurrent use.
type Scheduler struct {
	cfg    Config
	calls  map[reply.ID]*call
	chains map[string]*chain
	agenda agenda
	pooled int // calls that share the looks
	oldest *call
	newest *call

	looks   looks
	back    backoff
	planner planner
	groups  []group
	keys    int // looks by key that run

	// The price of reads, as it is learned.
	units    lookUnits
	keyUnits mean
	trip     mean // seconds that a read takes

	missed, found float64 // replies that a look at the mailbox did not give, and gave
	mailbox       history
	counts        Counts
}

// looks are those at the mailbox.
type looks struct {
	seq        int     // of the last one made
	made       float64 // when
	running    int
	ordered    bool    // the store gives cursors: it keeps arrivals in their order
	cursor     string  // for the next
	of         int     // seq of the look that gave the cursor
	cursorMade float64 // when that look was made
	done       float64
	next       float64 // when the next is due; +Inf if nothing is waited for
	open       bool    // next waits for the answer to a look
	planned    int     // calls that shared the looks when next was chosen
}

// Most reads that run at once.
const (
	maxLooks = 2
	maxKeys  = 16
	maxLast  = 128
)

// New makes a scheduler for which nothing waits.
func New(cfg Config) *Scheduler {
	s := &Scheduler{
		cfg:      cfg,
		calls:    map[reply.ID]*call{},
		chains:   map[string]*chain{},
		keyUnits: mean{value: firstUnits},
		trip:     mean{value: firstTrip},
	}
	s.looks.made, s.looks.done, s.looks.next = math.Inf(-1), math.Inf(-1), math.Inf(1)
	return s
}

// Add takes in a call that waits from now on. An id that waits already keeps
// the later Until.
func (s *Scheduler) Add(now time.Duration, in Call) {
	t := now.Seconds()
	until := math.Inf(1)
	if in.Until > 0 {
		until = in.Until.Seconds()
	}
	if c := s.calls[in.ID]; c != nil {
		if until > c.until {
			c.until, c.last = until, false
			s.arrange(c, t)
		}
		return
	}
	c := &call{
		id: in.ID, chain: s.chain(in.Chain), start: t - max(in.Age, 0).Seconds(), since: t,
		until: until, looked: math.Inf(-1), pooled: in.ID.Mailbox() == s.cfg.Box, at: math.Inf(1),
	}
	s.calls[in.ID] = c
	heap.Push(&s.agenda, c)
	if c.pooled {
		s.share(c)
	}
	s.arrange(c, t)
	if c.pooled && (math.IsInf(s.looks.next, 1) || s.pooled-s.looks.planned > s.looks.planned/replanPart) {
		s.plan(t)
	}
}

// replanPart is the part of the calls that has to be new for a new plan. A few
// more of many change little, and they are not answered at once.
const replanPart = 8

func (s *Scheduler) chain(name string) *chain {
	c := s.chains[name]
	if c == nil && len(s.chains) >= maxChains {
		name = ""
		c = s.chains[name]
	}
	if c == nil {
		c = &chain{name: name}
		s.chains[name] = c
	}
	return c
}

// Remove takes out a call that nobody waits for any more.
func (s *Scheduler) Remove(now time.Duration, id reply.ID) {
	if c := s.calls[id]; c != nil {
		s.learnNone(c)
		s.drop(c)
		if s.pooled == 0 {
			s.plan(now.Seconds())
		}
	}
}

// learnNone teaches the chain that a call had no reply up to the last look
// that would have found it.
func (s *Scheduler) learnNone(c *call) {
	if from := s.notBefore(c); s.cfg.Curve == nil && c.fresh(from) {
		c.chain.model.Censor(c.age(from))
	}
}

// fresh says whether a call that ends now was waited for nearly from its
// start. One that was known to take longer teaches nothing.
func (c *call) fresh(now float64) bool {
	const part, least = 0.1, 0.05
	return c.since-c.start <= max(least, part*c.age(now))
}

func (s *Scheduler) drop(c *call) {
	delete(s.calls, c.id)
	heap.Remove(&s.agenda, c.index)
	if c.pooled {
		s.unshare(c)
	}
}

// curve of a chain.
func (s *Scheduler) curve(c *chain) *hazard.Curve {
	if s.cfg.Curve != nil {
		return s.cfg.Curve(c.name)
	}
	return c.model.Curve()
}

// Waiting is how many calls wait.
func (s *Scheduler) Waiting() int { return len(s.calls) }
