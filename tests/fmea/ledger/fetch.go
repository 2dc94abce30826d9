package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// follow asks for the reply of a promised request until it has ended, at one
// adapter and then at the other, and returns the last look.
//
// The request has ended with its reply, which may be an error, with a 504 when
// its deadline has passed, and with what no caller should see. It is lost if it
// still runs behind deadline and grace, or if nobody can be asked for long.
func (k *callers) follow(ctx context.Context, c *call, id string, deadline time.Time, at int) look {
	const near = time.Second
	for n := 0; ; n++ {
		began := time.Now()
		l := k.fetch(ctx, c, id, deadline, (at+n)%2)
		switch {
		case l.kind == pending && began.After(deadline.Add(k.limits.grace)):
			c.spend("request " + id + " still runs behind its deadline")
			return l
		case l.kind == pending, l.kind == unfinished:
		case l.own, l.kind == final, l.kind == gone, l.kind == wrong, l.kind == hung, l.kind == cutOff:
			return l
		case l.status == http.StatusGatewayTimeout && time.Now().After(deadline.Add(-near)):
			return l
		case time.Now().After(deadline.Add(k.limits.outage)):
			if !c.keyed() { // else the key is there to try again
				c.spend("nobody can be asked for the reply")
			}
			return l
		}
		if !pause(ctx, min(time.Duration(n+1)*50*time.Millisecond, time.Second)) {
			return l
		}
	}
}

// fetch looks once.
func (k *callers) fetch(ctx context.Context, c *call, id string, deadline time.Time, at int) look {
	r := request{
		what: lookFetch, adapter: at, method: http.MethodGet, path: "/requests/" + id,
		header: http.Header{}, deadline: time.Now().Add(k.limits.fetch),
	}
	switch c.mode {
	case modePoll:
		r.what = lookPoll
		r.header.Set("Prefer", fmt.Sprintf("wait=%.0f", k.limits.poll.Seconds()))
		r.deadline = time.Now().Add(k.limits.poll)
	case modeStream:
		return k.stream(ctx, c, r, deadline)
	}
	l, a := k.do(ctx, r)
	return c.add(k.expect.judgeAnswer(l, c, a))
}

// lookAgain asks once more for a reply that was seen: it must be the same one.
func (k *callers) lookAgain(ctx context.Context, c *call, at int) {
	const often = 0.5
	if c.sawFinal() && k.dice.hit(often) {
		r := request{
			what: lookFetch, adapter: at, method: http.MethodGet, path: "/requests/" + c.id,
			header: http.Header{}, deadline: time.Now().Add(k.limits.fetch),
		}
		l, a := k.do(ctx, r)
		c.add(k.expect.judgeAnswer(l, c, a))
	}
}

func (c *call) sawFinal() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.looks {
		if l.kind == final && l.what != lookCall {
			return true
		}
	}
	return false
}

// runCancel starts a call, and cancels it at the other adapter.
func (k *callers) runCancel(ctx context.Context, c *call, first int) {
	const tries = 20
	l, location := k.begin(ctx, c, first)
	if l.kind != pending {
		return
	}
	c.promise(idOf(location), l.ended.Add(k.limits.async))
	if !pause(ctx, k.dice.between(0, 500*time.Millisecond)) {
		return
	}
	for n := range tries {
		l, a := k.do(ctx, request{
			what: lookCancel, adapter: (first + 1 + n) % 2, method: http.MethodDelete, path: location,
			header: http.Header{}, deadline: time.Now().Add(k.limits.fetch),
		})
		switch l = c.add(judgeCancel(l, a)); {
		case l.kind == cancelled:
			for i := range 2 { // it must stay so
				k.fetch(ctx, c, c.id, c.deadline, i)
				pause(ctx, k.dice.between(0, 400*time.Millisecond))
			}
			return
		case l.kind == conflict:
			k.follow(ctx, c, c.id, c.deadline, first)
			return
		case l.kind != broken && l.kind != unreachable && l.kind != trouble:
			return
		}
		pause(ctx, k.dice.between(100*time.Millisecond, time.Second))
	}
}
