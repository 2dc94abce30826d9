package main

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Faults of what is tested.
const (
	LOST   = "LOST"   // accepted, and never ended as a reply or an honest error
	WRONG  = "WRONG"  // an answer that is not the right one and no honest error
	DOUBLE = "DOUBLE" // two different final answers for one request or key
	HUNG   = "HUNG"   // no answer until deadline + 2.5s
)

// Outcomes that are no [kind] of look.
const (
	forgottenOutcome = "forgotten by the store (documented)"
	brokenByStop     = "broken by a stop" // a connection that an adapter closes when it goes on
	noLook           = "no look"
)

// fault is one that was found.
type fault struct{ kind, why string }

// verdict is what became of a call.
type verdict struct {
	outcome   string
	faults    []fault
	forgotten bool
}

// court judges calls by what was done to the processes meanwhile.
//
// These are excuses, and there are no others:
//   - A connection may break, or be refused, while its own adapter is dead. While it
//     is ended and started again it may be refused, and break before an answer
//     has begun only if it was just reused: those that wait are answered.
//   - A connection may break while its own adapter is stopped: it is closed at the
//     wake-up if a time for reading its request has passed meanwhile. That is
//     counted apart.
//   - What a store was told may be forgotten, so that a request is unknown later or
//     a key has two answers, if the store is of a kind that is documented to forget
//     the last that it was told before it is killed, it was told so shortly before
//     a kill, and the call had begun before that. Such a call is counted as
//     forgotten, and apart. A store that was only stopped or cut off forgets nothing.
//   - An answer may come later than its bound by as long as its own adapter was
//     stopped, or got no processor (the kernel measures that), or the whole machine
//     stood still; callers.do sees to that.
type court struct {
	times *timeline
	// store is the name of the store's process.
	store string
	// forgets is what the store is documented to lose when it is killed: what it was
	// told so shortly before.
	forgets time.Duration
}

// judge returns what became of a call.
func (j court) judge(c *call) verdict {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &trial{
		court: j, call: c, verdict: verdict{outcome: noLook},
		answers: map[string]string{}, seen: map[string]time.Time{}, digests: map[string]bool{}, known: map[string]time.Time{},
		answered: map[string]time.Time{},
	}
	for _, l := range c.looks {
		t.blame(l)
		t.compare(l)
		t.settle(l)
		t.remember(l)
	}
	if c.spent != "" {
		t.add(LOST, "%s", c.spent)
	}
	switch {
	case len(t.faults) > 0:
		t.outcome = t.faults[0].kind
	case t.forgotten:
		t.outcome = forgottenOutcome
	case t.cancelled:
		t.outcome = string(cancelled)
	}
	return t.verdict
}

// restarted reports whether a look that has broken may have, since its adapter was
// being ended and started: before it was sent.
func (j court) restarted(l look) bool {
	unsent := l.kind == unreachable || l.ended.Sub(l.began) < reusedFor+j.times.lag(l.began, l.ended)
	return unsent && j.times.was(faultRoll, l.adapter, l.began, l.ended)
}

// reusedFor is how soon a request fails on a connection that was just closed, on a
// machine that has the time for it.
const reusedFor = 50 * time.Millisecond

// dead reports whether the adapter of a look was killed during it. A connection
// of before may break a little later: when it is used again.
func (j court) dead(l look) bool {
	const reused = time.Second
	return j.times.killed(l.adapter, l.began.Add(-reused), l.ended.Add(100*time.Millisecond))
}

// trial is the judgement of one call, look by look.
type trial struct {
	court
	verdict

	call      *call
	answers   map[string]string    // the final answer of a request, by its id
	seen      map[string]time.Time // when a look had seen its reply
	known     map[string]time.Time // when a look had first seen that the request exists
	answered  map[string]time.Time // when a look had first seen its answer, or error
	result    time.Time            // when a look had first seen a result
	digests   map[string]bool      // the results of the call
	cancelled bool
	mayBe     bool // cancelled, for all that the caller knows
}

// blame finds what is wrong with a look by itself, and behind those before it.
func (t *trial) blame(l look) {
	seen, has := t.seen[l.id]
	switch {
	case l.kind == hung:
		t.add(HUNG, "%s at %s: no answer %.1fs after it began", l.what, l.adapter, l.ended.Sub(l.began).Seconds())
	case l.kind == wrong:
		t.add(WRONG, "%s at %s: %s", l.what, l.adapter, l.why)
	case l.kind == broken || l.kind == unreachable:
		if !t.dead(l) && !t.restarted(l) && !t.times.stopped(l.adapter, l.began, l.ended) {
			t.add(WRONG, "%s at %s: the connection broke, and the adapter was not killed: %s", l.what, l.adapter, l.why)
		}
	case l.kind == gone && !t.cancelled && (!t.mayBe || l.status != http.StatusGone):
		t.forgivable(l, t.firstKnown(), LOST, "%s at %s: a request that was accepted is unknown: %s", l.what, l.adapter, l.why)
	case l.kind == pending && l.what != lookCall && has && l.began.After(seen):
		t.forgivable(l, seen, LOST, "%s at %s: a reply that was there has gone", l.what, l.adapter)
	case l.kind == final && t.cancelled:
		t.add(DOUBLE, "%s at %s: a result of a request that was cancelled", l.what, l.adapter)
	}
}

// compare finds final answers that differ from those before.
func (t *trial) compare(l look) {
	if l.kind != final && !l.own {
		return
	}
	digest := l.digest
	if l.kind != final {
		digest = strconv.Itoa(l.status)
	}
	if before, known := t.answers[l.id]; known && before != digest {
		t.forgivable(l, t.answered[l.id], DOUBLE, "request %s was answered with %s and with %s", l.id, before, digest)
	}
	t.answers[l.id] = digest
	if l.kind != final {
		return
	}
	if t.digests[l.digest] = true; len(t.digests) > 1 {
		t.forgivable(l, t.result, DOUBLE, "%d different results", len(t.digests))
	}
	if _, has := t.seen[l.id]; !has {
		t.seen[l.id] = l.ended
	}
}

// settle is what the call has come to with a look.
func (t *trial) settle(l look) {
	t.cancelled = t.cancelled || l.kind == cancelled
	t.mayBe = t.mayBe || l.what == lookCancel && l.kind != conflict
	switch {
	case len(t.digests) > 0:
		t.outcome = string(final)
	case l.kind == trouble:
		t.outcome = fmt.Sprintf("error %d", l.status)
	case l.kind == broken && !t.dead(l):
		t.outcome = brokenByStop
	case l.kind != conflict && (l.kind != pending || t.outcome == noLook):
		t.outcome = string(l.kind)
	}
}

func (v *verdict) add(kind, format string, args ...any) {
	v.faults = append(v.faults, fault{kind, fmt.Sprintf(format, args...)})
}

// remember notes when something was first seen.
func (t *trial) remember(l look) {
	if _, known := t.known[l.id]; !known && l.id != "" {
		t.known[l.id] = l.ended
	}
	if _, answered := t.answered[l.id]; !answered && (l.kind == final || l.own) {
		t.answered[l.id] = l.ended
	}
	if l.kind == final && t.result.IsZero() {
		t.result = l.ended
	}
}

// firstKnown is when a request of the call was first seen to exist.
func (t *trial) firstKnown() time.Time {
	var first time.Time
	for _, at := range t.known {
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first
}

// forgivable adds a fault, unless the store has forgotten what it was told and may:
// it knew that when it was seen, at the latest.
func (t *trial) forgivable(l look, seen time.Time, kind, format string, args ...any) {
	until := l.ended
	if told := seen.Add(t.forgets); told.Before(until) {
		until = told
	}
	if t.forgets > 0 && t.times.killBegan(t.store, t.call.began, until) {
		t.forgotten = true
		return
	}
	t.add(kind, format, args...)
}
