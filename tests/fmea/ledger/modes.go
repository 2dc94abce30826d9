package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Modes of calls.
const (
	modeSync       = "sync"
	modeEvent      = "event"       // POST /events
	modeBrief      = "brief"       // a deadline of a second
	modeWait       = "wait"        // Prefer: wait=1
	modeFetch      = "async-fetch" // respond-async, and the other adapter is asked for the reply
	modePoll       = "async-poll"
	modeStream     = "async-stream"
	modeCancel     = "cancel"
	modeKeyed      = "keyed" // under the same key at both adapters
	modeKeyedAsync = "keyed-async"
)

// modeWeights returns how many of a hundred calls are of a mode.
func modeWeights() []struct {
	mode   string
	weight int
} {
	return []struct {
		mode   string
		weight int
	}{
		{modeSync, 24},
		{modeEvent, 5},
		{modeBrief, 6},
		{modeWait, 9},
		{modeFetch, 9},
		{modePoll, 8},
		{modeStream, 7},
		{modeCancel, 6},
		{modeKeyed, 20},
		{modeKeyedAsync, 6},
	}
}

func modeNames() []string {
	out := make([]string, 0, 10)
	for _, m := range modeWeights() {
		out = append(out, m.mode)
	}
	return out
}

// newCall plans the call with a number, by the seed.
func newCall(seed uint64, n int, modes []string) *call {
	d := newDice(seed, streamCalls+uint64(n)<<8) //nolint:gosec // n is not negative
	c := &call{n: n, chain: chainVertex}
	for c.mode == "" || len(modes) > 0 && !slices.Contains(modes, c.mode) {
		at := d.below(100)
		for _, m := range modeWeights() {
			if at -= m.weight; at < 0 {
				c.mode = m.mode
				break
			}
		}
	}
	if d.hit(0.4) {
		c.chain = chainSplit
	}
	c.plan = plan{nonce: fmt.Sprintf("n%d-%d", seed, n), variant: d.below(len(orders())), end: endResult}
	switch {
	case d.hit(0.2):
		c.plan.gate = d.between(time.Millisecond, 50*time.Millisecond)
	case d.hit(0.1):
		c.plan.gate = d.between(50*time.Millisecond, 500*time.Millisecond)
	}
	if d.hit(0.1) {
		c.plan.failures = 1 + d.below(2)
	}
	switch {
	case d.hit(0.04):
		c.plan.end = endRefuse
	case d.hit(0.02):
		c.plan.end = endDrop
	case d.hit(0.02) && !c.keyed():
		c.plan.end = endFail
	}
	switch {
	case c.mode == modeBrief:
		c.chain, c.plan.seal = chainBrief, d.between(0, 1500*time.Millisecond)
	case c.mode == modeCancel:
		c.plan.seal = d.between(0, 600*time.Millisecond)
	case c.mode == modeWait && d.hit(0.3):
		c.plan.seal = d.between(600*time.Millisecond, 2*time.Second)
	}
	return c
}

func (c *call) keyed() bool { return c.mode == modeKeyed || c.mode == modeKeyedAsync }

// mayPend reports whether the call asks for an answer before its reply is there.
func (c *call) mayPend() bool {
	return c.mode != modeSync && c.mode != modeEvent && c.mode != modeBrief && c.mode != modeKeyed
}

// run makes a call and all that belongs to it.
func (k *callers) run(ctx context.Context, c *call) {
	c.began = time.Now()
	defer c.end()
	first := k.dice.below(2)
	switch {
	case c.keyed():
		k.runKeyed(ctx, c)
		return
	case c.mode == modeCancel:
		k.runCancel(ctx, c, first)
		return
	}
	l, location := k.begin(ctx, c, first)
	switch {
	case l.kind == pending: // the adapter may have begun late, but not behind its answer
		c.promise(idOf(location), l.ended.Add(k.limits.work(c)))
	case l.status == http.StatusGatewayTimeout && location != "": // a late reply is promised
		c.promise(idOf(location), l.ended)
	default:
		return
	}
	k.follow(ctx, c, c.id, c.deadline, 1-first)
	k.lookAgain(ctx, c, first)
}

// begin asks at one adapter, and at the other if nobody listens there, as whatever
// stands in front of adapters does.
func (k *callers) begin(ctx context.Context, c *call, first int) (l look, location string) {
	const tries = 100
	for n := range tries {
		if l, location = k.ask(ctx, c, (first+n)%2, 0); l.kind != unreachable || !pause(ctx, 50*time.Millisecond) {
			break
		}
	}
	return l, location
}

// ask makes the call itself, and returns the Location of its answer.
func (k *callers) ask(ctx context.Context, c *call, at int, leave time.Duration) (look, string) {
	r := request{
		what: lookCall, adapter: at, method: http.MethodPost, path: "/" + c.chain, body: c.plan.order(), leave: leave,
		header: http.Header{"Content-Type": {"application/json"}}, deadline: time.Now().Add(k.limits.timeout(c.chain)),
	}
	switch c.mode {
	case modeEvent:
		r.path = "/events"
		for name, value := range map[string]string{
			"Ce-Specversion": "1.0", "Ce-Id": c.plan.nonce, "Ce-Source": "/ledger", "Ce-Type": eventType(c.chain),
		} {
			r.header.Set(name, value)
		}
	case modeWait:
		r.header.Set("Prefer", "wait=1")
		r.deadline = time.Now().Add(time.Second)
	case modeFetch, modePoll, modeStream, modeCancel, modeKeyedAsync:
		r.header.Set("Prefer", "respond-async")
	}
	if c.keyed() {
		r.header.Set("Idempotency-Key", c.plan.nonce)
	}
	l, a := k.do(ctx, r)
	l = k.expect.judgeAnswer(l, c, a)
	const early = time.Second
	if l.status == http.StatusGatewayTimeout && !c.keyed() && l.ended.Before(r.deadline.Add(-early)) {
		l = l.wrongly("504 long before the deadline: " + l.why)
	}
	return c.add(l), a.header.Get("Location")
}

func idOf(location string) string { return strings.TrimPrefix(location, "/requests/") }
