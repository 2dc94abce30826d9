package main

import "time"

// limits are all times after which something counts as over. The tests of the
// ledger itself have shorter ones.
type limits struct {
	// vertex, split and brief are the timeouts of the chains, and async the
	// asyncTimeout of all. They are short, so that a run sees deadlines pass.
	vertex, split, brief, async time.Duration
	// grace is how late after its deadline an answer may be.
	grace time.Duration
	// fetch is the deadline of a look at a request that asks for no wait, and
	// poll, a number of whole seconds, that of a long poll.
	fetch, poll time.Duration
	// patience is for how long a keyed call is tried again.
	patience time.Duration
	// outage is for how long, behind its deadline, a reply is asked for while
	// nobody answers.
	outage time.Duration
}

func standard() limits {
	return limits{
		vertex: 5 * time.Second, split: 6 * time.Second, brief: time.Second, async: 12 * time.Second,
		grace: 2500 * time.Millisecond, fetch: 5 * time.Second, poll: 3 * time.Second,
		patience: 90 * time.Second, outage: 60 * time.Second,
	}
}

// timeout is that of a chain.
func (t limits) timeout(chain string) time.Duration {
	switch chain {
	case chainBrief:
		return t.brief
	case chainSplit:
		return t.split
	default:
		return t.vertex
	}
}

// work is from the start of a call to its deadline.
func (t limits) work(c *call) time.Duration {
	switch c.mode {
	case modeFetch, modePoll, modeStream, modeCancel, modeKeyedAsync:
		return t.async
	default:
		return t.timeout(c.chain)
	}
}
