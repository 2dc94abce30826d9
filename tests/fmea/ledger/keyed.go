package main

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// runKeyed has two callers make the same call under the same key at once, each at
// another adapter. Each tries again until it has a result.
func (k *callers) runKeyed(ctx context.Context, c *call) {
	const again = 0.5
	var both sync.WaitGroup
	for first := range 2 {
		both.Go(func() { k.insist(ctx, c, first) })
	}
	both.Wait()
	if k.dice.hit(again) && c.spent == "" { // who repeats the call later gets the same
		k.insist(ctx, c, k.dice.below(2))
	}
}

// insist tries until there is a result, and notes if there is none in time.
func (k *callers) insist(ctx context.Context, c *call, first int) {
	const leaves = 0.15
	begin := time.Now()
	for n := 0; ctx.Err() == nil; n++ {
		if time.Since(begin) > k.limits.patience {
			c.spend("no result under the key after " + k.limits.patience.String())
			return
		}
		var leave time.Duration
		if n == 0 && k.dice.hit(leaves) {
			leave = k.dice.between(time.Millisecond, 300*time.Millisecond)
		}
		at := (first + n) % 2
		l, location := k.ask(ctx, c, at, leave)
		if l.kind == pending {
			l = k.follow(ctx, c, idOf(location), l.ended.Add(k.limits.async), 1-at)
		}
		if l.kind == final || l.kind == wrong || l.kind == cutOff {
			return
		}
		least := 100 * time.Millisecond
		if l.status == http.StatusTooManyRequests || l.status == http.StatusServiceUnavailable {
			least = time.Second
		}
		pause(ctx, k.dice.between(least, least+300*time.Millisecond))
	}
}
