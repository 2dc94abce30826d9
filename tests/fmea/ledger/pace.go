package main

import (
	"context"
	"sync"
	"time"
)

// pace says when calls begin: at a rate that does not wait for them to end. It is
// lowered while the machine is saturated, so that no call is late because of that:
// when this process, which has next to nothing to do, is not run in time, the others
// are not, either. It grows again when there is time.
type pace struct {
	most   float64 // calls in a second
	times  *timeline
	mu     sync.Mutex
	rate   float64
	least  float64
	slowed int // how often it was lowered
}

const (
	// lateFrom is how late this process runs on a saturated machine.
	lateFrom = 15 * time.Millisecond
	// adjustEvery is between two changes of the rate.
	adjustEvery = time.Second
	slower      = 0.7
	faster      = 1.1
	slowest     = 2.0
	// firstShare of the rate is that at the beginning.
	firstShare = 0.3
)

func newPace(most float64, times *timeline) *pace {
	rate := max(min(slowest, most), most*firstShare)
	return &pace{most: most, times: times, rate: rate, least: rate}
}

// adjust keeps to what the machine can do until ctx ends.
func (p *pace) adjust(ctx context.Context) {
	for pause(ctx, adjustEvery) {
		late := p.times.lateness()
		p.mu.Lock()
		if late > lateFrom {
			p.rate = max(min(slowest, p.most), p.rate*slower)
			p.slowed++
		} else {
			p.rate = min(p.most, p.rate*faster)
		}
		p.least = min(p.least, p.rate)
		p.mu.Unlock()
	}
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
	return next
}
