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
	// Box is the mailbox that is scanned. A call of another mailbox is asked
	// for by key.
	Box reply.Mailbox
	// Price is what a second of one caller's waiting is worth in read units;
	// it must be above 0.
	Price float64
	// Floor and Cap bound the time between two reads while something waits.
	// Floor is also at least half of the store's round trip.
	Floor, Cap time.Duration
	// Random returns numbers from 0 to 1, for the pause after an error.
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
	shared shared

	scans   scans
	gets    int // that run
	back    backoff
	planner planner
	groups  []group

	// The price of reads, as it is learned.
	scanUnits scanUnits
	getUnits  mean
	trip      mean // seconds that a read takes

	missed, found float64 // replies that a scan did not return, and did
	delivered     buckets // replies that are still in the mailbox, by the start of their calls
	counts        Counts
}

// scans are those of the mailbox.
type scans struct {
	seq        int     // of the last one made
	made       float64 // when
	running    int
	ordered    bool    // the store returns cursors: it keeps arrivals in their order
	cursor     string  // for the next
	of         int     // seq of the scan that returned the cursor
	cursorMade float64 // when that scan was made
	done       float64
	next       float64 // when the next is due; +Inf if nothing is waited for
	open       bool    // next waits for the answer to a scan
	planned    int     // calls that shared the scans when next was chosen
}

// Most reads that run at once.
const (
	maxScans = 2
	maxGets  = 16
	maxFinal = 128
)

// New creates a scheduler for which nothing waits.
func New(cfg Config) *Scheduler {
	s := &Scheduler{
		cfg:      cfg,
		calls:    map[reply.ID]*call{},
		chains:   map[string]*chain{},
		getUnits: mean{value: firstUnits},
		trip:     mean{value: firstTrip},
	}
	s.scans.made, s.scans.done, s.scans.next = math.Inf(-1), math.Inf(-1), math.Inf(1)
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
			c.until, c.final = until, false
			s.arrange(c, t)
		}
		return
	}
	c := &call{
		id: in.ID, chain: s.chain(in.Chain), start: t - max(in.Age, 0).Seconds(), since: t,
		until: until, asked: math.Inf(-1), at: math.Inf(1),
	}
	s.calls[in.ID] = c
	heap.Push(&s.agenda, c)
	if in.ID.Mailbox() == s.cfg.Box {
		s.shared.add(c)
	}
	s.arrange(c, t)
	if c.shares != nil && (math.IsInf(s.scans.next, 1) || s.shared.len()-s.scans.planned > s.scans.planned/replanPart) {
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
		if s.shared.len() == 0 {
			s.plan(now.Seconds())
		}
	}
}

func (s *Scheduler) drop(c *call) {
	delete(s.calls, c.id)
	heap.Remove(&s.agenda, c.index)
	s.shared.remove(c)
}

// curve of a chain.
func (s *Scheduler) curve(c *chain) *hazard.Curve {
	if s.cfg.Curve != nil {
		return s.cfg.Curve(c.name)
	}
	return c.model.Curve()
}

// floor is the least time between two reads, in seconds. No more than maxScans
// run at once.
func (s *Scheduler) floor() float64 {
	return max(s.cfg.Floor.Seconds(), s.trip.value/maxScans)
}

// Waiting is how many calls wait.
func (s *Scheduler) Waiting() int { return len(s.calls) }

// Stragglers is how many calls are asked for by key alone.
func (s *Scheduler) Stragglers() int { return len(s.calls) - s.shared.len() }

// Counts of what a scheduler has done.
type Counts struct {
	// Reads that were made, and those of them that failed.
	Reads, Failures int
	// Units that they have taken.
	Units float64
}

// Counts since the scheduler was created.
func (s *Scheduler) Counts() Counts { return s.counts }
