package main

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Of the triggers that `homing generate knative` writes.
const (
	deliveryRetries = 5
	deliveryBackoff = 200 * time.Millisecond
	deliveryTimeout = 610 * time.Second
)

// deliver brings an event to a subscriber, again and again as the contract says,
// or buries it.
func (b *broker) deliver(ctx context.Context, m message, t trigger, late time.Duration) {
	const reorder = 0.05
	if !pause(ctx, late) {
		return
	}
	if b.chance(reorder) {
		b.letOvertake(ctx)
	}
	for n := 0; ctx.Err() == nil; n++ {
		status := b.attempt(ctx, m, t.url)
		switch {
		case ctx.Err() != nil || status >= 200 && status <= 299:
			return
		case !deliveredAgain(status) || n == deliveryRetries:
			b.bury(m, status)
			return
		}
		b.count(func(c *brokerCounts) { c.again++ })
		if !pause(ctx, deliveryBackoff<<n) {
			return
		}
	}
}

// letOvertake waits until another event has been taken, for a while.
func (b *broker) letOvertake(ctx context.Context) {
	b.mu.Lock()
	next := b.next
	b.counts.overtaken++
	b.mu.Unlock()
	select {
	case <-next:
		pause(ctx, 20*time.Millisecond)
	case <-time.After(300 * time.Millisecond):
	case <-ctx.Done():
	}
}

// attempt returns the status of the answer; 0 if there is none, or none that the
// broker hears.
func (b *broker) attempt(ctx context.Context, m message, url string) int {
	const drop, unheard = 0.01, 0.02
	ctx, cancel := context.WithTimeout(ctx, deliveryTimeout)
	defer cancel()
	if b.chance(drop) { // in the middle of the work
		b.count(func(c *brokerCounts) { c.dropped++ })
		stop := time.AfterFunc(b.dice.between(time.Millisecond, 100*time.Millisecond), cancel)
		defer stop.Stop()
	}
	b.count(func(c *brokerCounts) { c.delivered++ })
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(m.body))
	if err != nil {
		return 0
	}
	req.Header = m.header.Clone()
	req.Header.Set("Prefer", "reply")
	resp, err := b.client.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close() //nolint:errcheck // it has been read
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return 0
	}
	if b.chance(unheard) { // after it was handled
		b.count(func(c *brokerCounts) { c.unheard++ })
		return 0
	}
	return resp.StatusCode
}

// deliveredAgain is the set of the data plane contract; 0 is a network error.
func deliveredAgain(status int) bool {
	switch status {
	case 0, http.StatusNotFound, http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return true
	default:
		return status >= http.StatusInternalServerError
	}
}

// bury gives an event up.
func (b *broker) bury(m message, status int) {
	why := "no answer"
	if status != 0 {
		why = strconv.Itoa(status)
	}
	b.count(func(c *brokerCounts) {
		c.dead[why]++
		b.dead[m.attribute("Correlationid")] = why
	})
}
