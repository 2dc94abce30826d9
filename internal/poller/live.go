package poller

import (
	"fmt"
	"runtime/debug"
	"time"

	"github.com/homing-dev/homing/internal/poller/schedule"
)

// Pause after a panic: it doubles with each one in a row.
const (
	panicPause = 10 * time.Millisecond
	panicMost  = 9 // doublings
)

// live is the poller's goroutine. It ends when nothing waits.
func (p *Poller) live(b *busy) {
	defer b.cancel()
	for !p.lived(b) {
		p.mu.Lock()
		pause := panicPause << min(p.panics, panicMost)
		p.panics++
		p.mu.Unlock()
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-p.stopped:
			t.Stop()
		}
	}
}

// lived says whether the goroutine ended as it should; else it has panicked.
func (p *Poller) lived(b *busy) (ended bool) {
	defer func() {
		if !ended {
			p.panicked(recover())
		}
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		reads, sched, next, ok := p.turn(b)
		if !ok {
			return true
		}
		for p.deliverOne() {
			continue
		}
		for _, r := range reads {
			go p.read(b, sched, r)
		}
		timer.Reset(next)
		select {
		case <-timer.C:
		case <-p.wake:
		case <-p.stopped:
		}
	}
}

// never is a time for which to wait when only news can change anything.
const never = time.Hour

// turn gives the reads that are due and the time to the next ones; ok is false
// if nothing waits.
func (p *Poller) turn(b *busy) (reads []schedule.Read, sched *schedule.Scheduler, next time.Duration, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.waits) == 0 && len(p.outbox) == 0 {
		if p.busy == b {
			p.busy = nil
		}
		return nil, nil, 0, false
	}
	now := time.Since(p.epoch)
	reads = p.sched.Due(now)
	at, some := p.sched.Next()
	next = never
	if some {
		next = max(at-now, 0)
	}
	return reads, p.sched, next, true
}

// deliverOne delivers the oldest outcome, and says whether there was one. It
// leaves the outbox before it is delivered: what deliver panics over is not
// given to it again.
func (p *Poller) deliverOne() bool {
	p.mu.Lock()
	if len(p.outbox) == 0 {
		p.mu.Unlock()
		return false
	}
	out := p.outbox[0]
	p.outbox = p.outbox[1:]
	p.panics = 0
	p.mu.Unlock()
	p.deliver(out)
	return true
}

// panicked counts a panic and begins anew with all calls that wait: what was
// learned may be what is broken.
func (p *Poller) panicked(cause any) {
	p.metrics.panics.Inc()
	p.o.Logger.Error("the poller panicked and begins anew", "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sched = p.newScheduler()
	now := time.Now()
	for _, w := range p.waits {
		p.add(w, now)
	}
}
