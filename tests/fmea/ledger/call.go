package main

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// call is one call with all that its callers saw of it.
type call struct {
	n     int
	mode  string
	chain string
	plan  plan
	began time.Time

	mu    sync.Mutex
	looks []look
	id    string // of the request that was promised; "" for none
	// deadline is when the work for the promised request is over.
	deadline time.Time
	ended    time.Time
	// spent is set if the patience of the caller has ended without an end of
	// the call.
	spent string
}

// look is one HTTP exchange of a call, as far as it counts.
type look struct {
	what         string // the call itself, a fetch of its reply, ...
	adapter      string
	began, ended time.Time
	kind         kind
	status       int
	id           string // that the answer names
	own          bool   // an error that is the reply of the request, and no trouble of the look
	digest       string // differs between final answers
	why          string // what is wrong, or what the trouble is
	bare         bool   // a 429 or 503 without a time to come again
}

// What a look is.
const (
	lookCall   = "call"
	lookFetch  = "fetch"
	lookPoll   = "long poll"
	lookStream = "stream"
	lookCancel = "cancel"
)

// kind is what an answer is worth.
type kind string

const (
	final       kind = "result"       // the right answer
	pending     kind = "pending"      // 202
	trouble     kind = "error"        // an honest one
	gone        kind = "gone"         // 404 or 410
	cancelled   kind = "cancelled"    // 204 to a DELETE
	conflict    kind = "conflict"     // 409 to a DELETE
	broken      kind = "broken"       // the connection ended without an answer
	unreachable kind = "no adapter"   // nobody listens
	hung        kind = "hung"         // no answer until the bound
	wrong       kind = "wrong"        // what no caller should ever see
	left        kind = "caller left"  // it hung up by intention
	cutOff      kind = "end of run"   // the run was interrupted
	unfinished  kind = "stream ended" // without a reply; the caller comes back
)

func (c *call) add(l look) look {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looks = append(c.looks, l)
	return l
}

// promise notes that a request was accepted, and until when it is worked on.
func (c *call) promise(id string, deadline time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.id, c.deadline = id, deadline
}

func (c *call) spend(why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spent = why
}

func (c *call) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = time.Now()
}

// story returns the call as a text, one look a line.
func (c *call) story() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "call %d, %s, chain %s, plan %s, id %s, began %s", c.n, c.mode, c.chain, c.plan, c.id, c.began.Format("15:04:05.000"))
	const first, last = 10, 8
	for i, l := range c.looks {
		if left := len(c.looks) - last; i >= first && i < left {
			if i == first {
				fmt.Fprintf(&b, "\n    ... %d more looks", left-first)
			}
			continue
		}
		began, ended := l.began.Sub(c.began).Seconds(), l.ended.Sub(c.began).Seconds()
		fmt.Fprintf(&b, "\n    +%6.3fs to %6.3fs  %-9s %s: %s", began, ended, l.what, l.adapter, l.kind)
		if l.status != 0 {
			fmt.Fprintf(&b, " %d", l.status)
		}
		if l.id != "" {
			fmt.Fprintf(&b, " id %s", l.id)
		}
		if l.why != "" {
			fmt.Fprintf(&b, " (%s)", l.why)
		}
	}
	if c.spent != "" {
		fmt.Fprintf(&b, "\n    %s", c.spent)
	}
	return b.String()
}
