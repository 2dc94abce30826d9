package poller

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/backoff"
	"github.com/homing-dev/homing/internal/poller/schedule"
)

// Pause after a panic: it doubles with each one in a row.
const (
	panicPause   = 10 * time.Millisecond
	panicLongest = 5120 * time.Millisecond
)

// run is the goroutine of a session. It ends when nothing waits.
func (p *Poller) run(s *session) {
	defer s.cancel()
	for !p.loop(s) {
		p.mu.Lock()
		pause := backoff.Exponential(p.panics, panicPause, panicLongest)
		p.panics++
		p.mu.Unlock()
		backoff.Sleep(s.ctx, pause)
	}
}

// loop reports whether the session has ended as it should; else it has
// panicked.
func (p *Poller) loop(s *session) (ended bool) {
	defer func() {
		if !ended {
			p.panicked(recover())
		}
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		reads, sched, next, ok := p.due(s)
		if !ok {
			return true
		}
		for p.deliverOne() {
			continue
		}
		for _, r := range reads {
			go p.read(s, sched, r)
		}
		timer.Reset(next)
		select {
		case <-timer.C:
		case <-p.news:
		case <-s.ctx.Done():
		}
	}
}

// never is a time for which to wait when only news can change anything.
const never = time.Hour

// due returns the reads to make now and the time to the next ones; ok is false
// if nothing waits.
func (p *Poller) due(s *session) (reads []schedule.Read, sched *schedule.Scheduler, next time.Duration, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.waits) == 0 && len(p.outbox) == 0 {
		if p.session == s {
			p.session = nil
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

// deliverOne delivers the oldest result, and reports whether there was one. It
// leaves the outbox before it is delivered: what deliver panics over is not
// passed to it again.
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

// read makes one read of the store, on a goroutine of its own, and passes the
// answer to the scheduler that asked for it.
func (p *Poller) read(s *session, sched *schedule.Scheduler, r schedule.Read) {
	defer func() {
		if cause := recover(); cause != nil {
			p.panicked(cause)
			p.wake()
		}
	}()
	p.metrics.asked(r)
	ctx, cancel := context.WithTimeout(s.ctx, p.o.Timeout)
	defer cancel()
	ctx, span := p.trace(ctx, r)
	found, got, err := p.ask(ctx, r)
	span.EndLook(replies(found, got), err)
	if err != nil && s.ctx.Err() != nil {
		err = schedule.ErrAbandoned
	}
	p.note(found.Units+got.Units, err)

	p.mu.Lock()
	defer p.mu.Unlock()
	if sched != p.sched { // it was begun anew
		return
	}
	var out []schedule.Delivery
	if now := time.Since(p.epoch); r.ByKey {
		out = sched.Got(now, r, got, err)
	} else {
		out = sched.Scanned(now, r, found, err)
	}
	for _, d := range out {
		delete(p.waits, d.ID)
		p.outbox = append(p.outbox, Result{ID: d.ID, Reply: d.Reply, Cancelled: d.Reply == nil})
		if d.Reply != nil {
			p.metrics.delivered(d)
		}
	}
	p.wake()
}

// ask reads the store, whose panic is an error of the read.
func (p *Poller) ask(ctx context.Context, r schedule.Read) (found reply.ScanResult, got reply.GetResult, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			p.metrics.panics.Inc()
			err = fmt.Errorf("the reply store panicked: %v", cause)
		}
	}()
	if r.ByKey {
		got, err = p.store.Get(ctx, r.ID, r.Consistent)
	} else {
		found, err = p.store.Scan(ctx, r.Query)
	}
	return found, got, err
}

// note counts what a read has taken, and counts and logs what it has failed
// with.
func (p *Poller) note(units float64, err error) {
	p.metrics.units.Add(max(units, 0))
	switch {
	case err == nil, errors.Is(err, reply.ErrUnknown), errors.Is(err, reply.ErrExpired), errors.Is(err, schedule.ErrAbandoned):
	case errors.Is(err, reply.ErrThrottled):
		p.metrics.throttles.Inc()
	default:
		p.metrics.failures.Inc()
		p.o.Logger.Warn("cannot look for replies", "error", err)
	}
}
