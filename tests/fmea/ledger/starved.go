package main

import (
	"context"
	"slices"
	"time"
)

// starvation is for how much of a span a process waited for a processor instead of
// working, as the kernel has measured it.
type starvation struct {
	at   time.Time
	lost time.Duration
}

// starvedEvery is the length of a span.
const starvedEvery = 100 * time.Millisecond

// watchStarvation notes how much of its time a process gets no processor, until ctx
// ends. To the process that is as if it were stopped, and it is no fault of its own.
// It counts nothing where the machine has time.
func (t *timeline) watchStarvation(ctx context.Context, p *process) {
	var pid int
	var ran, waited time.Duration
	for last := time.Now(); pause(ctx, starvedEvery); {
		nowPID := p.pid()
		r, w, ok := processorTimes(nowPID)
		now := time.Now()
		if ok && nowPID == pid && r >= ran && w >= waited {
			t.starve(p.name, now, lostOf(now.Sub(last), r-ran, w-waited))
		}
		pid, ran, waited, last = nowPID, r, w, now
	}
}

// lostOf returns how much of a span a process has lost whose threads ran and waited
// for so long in all: the share of the waiting in what it wanted, if it wanted to
// run all the time.
func lostOf(span, ran, waited time.Duration) time.Duration {
	return time.Duration(float64(span) * float64(waited) / float64(max(span, ran+waited)))
}

func (t *timeline) starve(name string, at time.Time, lost time.Duration) {
	if lost < starvedEvery/10 {
		return // no machine is without
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.starved[name] = append(t.starved[name], starvation{at, lost})
}

// starvedSince returns how much time a process has lost since then; t.mu is held.
func (t *timeline) starvedSince(name string, since time.Time) time.Duration {
	var sum time.Duration
	for _, s := range slices.Backward(t.starved[name]) {
		if s.at.Add(-starvedEvery).Before(since) {
			break
		}
		sum += s.lost
	}
	return sum
}

// starvation returns how much time each process has lost.
func (t *timeline) starvation() map[string]time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := map[string]time.Duration{}
	for name := range t.starved {
		out[name] = t.starvedSince(name, time.Time{})
	}
	return out
}
