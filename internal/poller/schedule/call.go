package schedule

import (
	"container/heap"
	"math"
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
	// The last look, by key and strongly consistent, comes in time before it.
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
	missed  float64       // age from which a call is looked for by key
}

// call that waits.
type call struct {
	id     reply.ID
	chain  *chain
	start  float64 // when its age was 0
	since  float64 // when the waiting began
	until  float64 // +Inf for never
	looked float64 // when it was last looked for by key and not found
	pooled bool    // it shares the looks at the mailbox
	last   bool    // its last look was made
	busy   bool    // a look for it by key runs
	at     float64 // when it is to be looked for by key; +Inf for not at all
	index  int     // in the heap
	older  *call   // of those that share the looks
	newer  *call
}

func (c *call) age(now float64) float64 { return now - c.start }

// agenda orders calls by the time of their next look by key.
type agenda []*call

func (a *agenda) Len() int           { return len(*a) }
func (a *agenda) Less(i, j int) bool { return (*a)[i].at < (*a)[j].at }
func (a *agenda) Swap(i, j int) {
	calls := *a
	calls[i], calls[j] = calls[j], calls[i]
	calls[i].index, calls[j].index = i, j
}

// Push is for package heap.
func (a *agenda) Push(x any) {
	c, _ := x.(*call)
	c.index = len(*a)
	*a = append(*a, c)
}

// Pop is for package heap.
func (a *agenda) Pop() any {
	last := len(*a) - 1
	c := (*a)[last]
	(*a)[last] = nil
	*a = (*a)[:last]
	return c
}

func (a *agenda) move(c *call, at float64) {
	c.at = at
	heap.Fix(a, c.index)
}

func (a *agenda) first() float64 {
	if len(*a) == 0 {
		return math.Inf(1)
	}
	return (*a)[0].at
}
