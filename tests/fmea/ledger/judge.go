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
	forgottenOutcome = "forgotten with the store (documented)"
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
//   - A connection may break, or be refused, while its own adapter is dead.
//   - A connection may break while its own adapter is stopped: it is closed at the
//     wake-up if a time for reading its request has passed meanwhile. That is
//     counted apart.
//   - A request that was accepted may be unknown later, and a key may have two
//     answers, if the store is of a kind that is documented to forget when it
//     is killed, and it was killed after the call began. Such a call is counted
//     as forgotten, and apart. A store that was only stopped or cut off forgets nothing.
//   - An answer may come later than its bound by as long as its own adapter was
//     stopped, or the whole machine stood still; callers.do sees to that.
type court struct {
	times *timeline
	// store is the name of the store's process.
	store string
	// forgets reports whether the store loses everything when it is killed, and is
	// documented to.
	forgets bool
}

// judge returns what became of a call.
func (j court) judge(c *call) verdict {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &trial{
		court: j, call: c, verdict: verdict{outcome: noLook},
		answers: map[string]string{}, seen: map[string]time.Time{}, digests: map[string]bool{},
	}
	for _, l := range c.looks {
		t.blame(l)
		t.compare(l)
		t.settle(l)
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
		if !t.dead(l) && !t.times.stopped(l.adapter, l.began, l.ended) {
			t.add(WRONG, "%s at %s: the connection broke, and the adapter was not killed: %s", l.what, l.adapter, l.why)
		}
	case l.kind == gone && !t.cancelled && (!t.mayBe || l.status != http.StatusGone):
		t.forgivable(l, LOST, "%s at %s: a request that was accepted is unknown: %s", l.what, l.adapter, l.why)
	case l.kind == pending && l.what != lookCall && has && l.began.After(seen):
		t.forgivable(l, LOST, "%s at %s: a reply that was there has gone", l.what, l.adapter)
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
		t.forgivable(l, DOUBLE, "request %s was answered with %s and with %s", l.id, before, digest)
	}
	t.answers[l.id] = digest
	if l.kind != final {
		return
	}
	if t.digests[l.digest] = true; len(t.digests) > 1 {
		t.forgivable(l, DOUBLE, "%d different results", len(t.digests))
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

// forgivable adds a fault, unless the store has forgotten what it was told and may.
func (t *trial) forgivable(l look, kind, format string, args ...any) {
	if t.forgets && t.times.killBegan(t.store, t.call.began, l.ended) {
		t.forgotten = true
		return
	}
	t.add(kind, format, args...)
}
