package main

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// pace says when calls begin: at a rate that does not wait for them to end. It is
// lowered while the machine is saturated, so that no call is late because of that:
// this process, which has little to do, does not run in time, an adapter that
// nobody has stopped takes long to say that it lives, or more calls run than begin
// in a few seconds, so that something has to catch up. It grows again when there is
// time. No answer is excused by it.
type pace struct {
	most    float64 // calls in a second
	times   *timeline
	running *atomic.Int64 // calls
	live    []adapter

	mu     sync.Mutex
	rate   float64
	least  float64
	slowed int // how often it was lowered
}

const (
	// lateFrom is how late this process runs on a saturated machine.
	lateFrom = 15 * time.Millisecond
	// adjustEvery is between two changes of the rate.
	adjustEvery = 500 * time.Millisecond
	// slowFrom is how long an adapter takes, on a saturated machine, to say that it
	// lives, and longProbe for how long it is asked.
	slowFrom  = 40 * time.Millisecond
	longProbe = time.Second
	slower    = 0.7
	faster    = 1.1
	slowest   = 2.0
	// firstShare of the rate is that at the beginning.
	firstShare = 0.3
	// No call begins while more run than so many, and those of so many seconds.
	someCalls = 50
	backlog   = 6
)

func newPace(most float64, times *timeline, running *atomic.Int64, live ...adapter) *pace {
	rate := max(min(slowest, most), most*firstShare)
	return &pace{most: most, times: times, running: running, live: live, rate: rate, least: rate}
}

// adjust keeps to what the machine can do until ctx ends.
func (p *pace) adjust(ctx context.Context) {
	for pause(ctx, adjustEvery) {
		saturated := p.times.lateness() > lateFrom || p.slow(ctx)
		p.mu.Lock()
		if saturated || p.behind(backlog/2) {
			p.rate = max(min(slowest, p.most), p.rate*slower)
			p.slowed++
		} else {
			p.rate = min(p.most, p.rate*faster)
		}
		p.least = min(p.least, p.rate)
		p.mu.Unlock()
	}
}

// slow reports whether an adapter is slow that should not be.
func (p *pace) slow(ctx context.Context) bool {
	for _, a := range p.live {
		ctx, cancel := context.WithTimeout(ctx, longProbe)
		began := time.Now()
		lives := answers(ctx, a.url+"/health/liveness", http.StatusOK)
		cancel()
		took := time.Since(began)
		if down := p.times.killed(a.name, began, time.Now()) || p.times.stopped(a.name, began, time.Now()); !down && (!lives || took > slowFrom) {
			return true
		}
	}
	return false
}

// now is how many calls begin in a second.
func (p *pace) now() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rate
}

// sums returns how often the rate was lowered, and how low it was.
func (p *pace) sums() (slowed int, least float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.slowed, p.least
}

// wait waits for the time of the call behind the one of the time last, and returns
// its time. What was missed is made up for, within a second.
func (p *pace) wait(ctx context.Context, last time.Time) time.Time {
	next := last.Add(time.Duration(float64(time.Second) / p.now()))
	if behind := time.Now().Add(-time.Second); next.Before(behind) {
		next = behind
	}
	pause(ctx, time.Until(next))
	for p.crowded() && pause(ctx, tickEvery) {
	}
	return next
}

func (p *pace) crowded() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.behind(backlog)
}

// behind reports whether more calls run than begin in so many seconds; p.mu is held.
func (p *pace) behind(seconds float64) bool {
	return float64(p.running.Load()) > someCalls+seconds*p.rate
}
