package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// timeline remembers what was killed and stopped when, since that excuses some
// answers and no others.
type timeline struct {
	mu    sync.Mutex
	spans map[string][]*span // by the name of the process
	late  time.Duration      // how late this process has run of late
	lags  []lag              // how late it has run when

	starved map[string][]starvation // by the name of the process
}

// span is one fault of one process.
type span struct {
	kind string
	from time.Time
	to   time.Time // until it served again; zero while it does not
}

// lag is how much later than it was due this process ran, and when it did.
type lag struct {
	at   time.Time
	late time.Duration
}

func newTimeline() *timeline {
	return &timeline{spans: map[string][]*span{}, starved: map[string][]starvation{}}
}

// begin notes a fault; the caller calls end when it is over.
func (t *timeline) begin(name, kind string) (end func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &span{kind: kind, from: time.Now()}
	t.spans[name] = append(t.spans[name], s)
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		s.to = time.Now()
	}
}

// killed reports whether a process was dead at some time of a span.
func (t *timeline) killed(name string, from, to time.Time) bool {
	return t.was(faultKill, name, from, to)
}

func (t *timeline) was(kind, name string, from, to time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.spans[name] {
		if s.kind == kind && !s.from.After(to) && (s.to.IsZero() || !s.to.Before(from)) {
			return true
		}
	}
	return false
}

// killBegan reports whether a process was killed within a span.
func (t *timeline) killBegan(name string, from, to time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.spans[name] {
		if s.kind == faultKill && !s.from.Before(from) && !s.from.After(to) {
			return true
		}
	}
	return false
}

// machine is the name under which the timeline knows the machine, which stands
// still when the ledger itself does not get to run.
const machine = "machine"

// still returns for how much of the time since then a process was stopped, or got no
// processor, or the whole machine stood still: of the last two, that which is more.
func (t *timeline) still(name string, since time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stoppedSince(name, since) + max(t.stoppedSince(machine, since), t.starvedSince(name, since))
}

// stoppedSince returns for how much of the time since then a process was stopped;
// t.mu is held.
func (t *timeline) stoppedSince(name string, since time.Time) time.Duration {
	now := time.Now()
	var sum time.Duration
	for _, s := range t.spans[name] {
		from, to := s.from, s.to
		if from.Before(since) {
			from = since
		}
		if to.IsZero() {
			to = now
		}
		if s.kind == faultStop && to.After(from) {
			sum += to.Sub(from)
		}
	}
	return sum
}

// stopped reports whether a process was stopped at some time of a span.
func (t *timeline) stopped(name string, from, to time.Time) bool {
	return t.was(faultStop, name, from, to)
}

// Of the watch over the machine.
const (
	tickEvery = 50 * time.Millisecond
	stallFrom = 200 * time.Millisecond
	lagFrom   = 10 * time.Millisecond
)

// watchMachine notes when this process did not get to run, until ctx ends.
func (t *timeline) watchMachine(ctx context.Context) {
	for last := time.Now(); pause(ctx, tickEvery); {
		now := time.Now()
		t.tick(now, now.Sub(last)-tickEvery)
		last = now
	}
}

// tick notes how late this process has run just now.
func (t *timeline) tick(now time.Time, late time.Duration) {
	const memory = 10 // ticks
	t.mu.Lock()
	defer t.mu.Unlock()
	t.late += (late - t.late) / memory
	if late > lagFrom {
		t.lags = append(t.lags, lag{now, late})
	}
	if late > stallFrom {
		t.spans[machine] = append(t.spans[machine], &span{faultStop, now.Add(-late), now})
	}
}

// lag returns how late this process has run from one time to another.
func (t *timeline) lag(from, to time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	var sum time.Duration
	for _, l := range slices.Backward(t.lags) {
		if l.at.Before(from) {
			break
		}
		if !l.at.Add(-l.late - tickEvery).After(to) {
			sum += l.late
		}
	}
	return sum
}

// lateness is how late this process has run in the last half second, on the average.
func (t *timeline) lateness() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.late
}

// stalls returns how often and for how long the machine stood still.
func (t *timeline) stalls() (n int, sum time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.spans[machine] {
		sum += s.to.Sub(s.from)
	}
	return len(t.spans[machine]), sum
}

// meanwhile returns the faults that overlap a span, in seconds from its start.
func (t *timeline) meanwhile(from, to time.Time) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for _, name := range slices.Sorted(maps.Keys(t.spans)) {
		for _, s := range t.spans[name] {
			if s.from.After(to) || !s.to.IsZero() && s.to.Before(from) {
				continue
			}
			end := "now"
			if !s.to.IsZero() {
				end = fmt.Sprintf("%.1fs", s.to.Sub(from).Seconds())
			}
			out = append(out, fmt.Sprintf("%s %s +%.1fs to %s", s.kind, name, s.from.Sub(from).Seconds(), end))
		}
	}
	return strings.Join(out, ", ")
}

// now names what is down at this moment.
func (t *timeline) now() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for name, spans := range t.spans {
		for _, s := range spans {
			if s.to.IsZero() {
				out = append(out, s.kind+" "+name)
			}
		}
	}
	return out
}
