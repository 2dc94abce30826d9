package main

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// account makes so many calls of the modes at a double and returns the ledger.
func account(t *testing.T, s sin, calls int, modes ...string) *ledger {
	t.Helper()
	times := newTimeline()
	k := newDouble(t, s, times)
	court := court{times: times, store: "store", forgets: forever}
	l := newLedger(config{seed: 1, calls: calls})
	var all sync.WaitGroup
	for n := range calls {
		c := newCall(1, n, modes)
		c.plan.end = endResult
		all.Go(func() {
			k.run(t.Context(), c)
			l.enter(c, court.judge(c), func(*call) string { return "" })
		})
	}
	all.Wait()
	return l
}

// What is done right is found right, in every mode.
func TestSoundAdaptersHaveACleanLedger(t *testing.T) {
	t.Parallel()
	l := account(t, sound, 200)
	if l.failed() || l.judged != 200 {
		t.Errorf("%d calls, faults %v\n%s", l.judged, l.faults, strings.Join(l.stories, "\n"))
	}
	for _, mode := range modeNames() {
		if n := l.outcomes[mode][string(final)] + l.outcomes[mode][string(cancelled)]; n == 0 || n != len(l.times[mode]) {
			t.Errorf("%s: %v of %d", mode, l.outcomes[mode], len(l.times[mode]))
		}
	}
}

// Every sin is found in the modes in which it shows, by its right name.
func TestFaultyAdaptersAreFound(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		sin   sin
		kind  string
		modes []string
	}{
		{swaps, WRONG, []string{modeSync, modeEvent, modeWait, modeFetch, modePoll, modeStream, modeKeyed, modeKeyedAsync}},
		{empties, WRONG, []string{modeSync, modeEvent, modeFetch, modePoll, modeKeyed}},
		{blurts, WRONG, []string{modeSync, modeFetch, modeKeyed}},
		{misleads, WRONG, []string{modeSync, modeKeyed, modeFetch}},
		{giveEarly, WRONG, []string{modeSync, modeEvent}},
		{breaks, WRONG, []string{modeSync, modeWait, modeFetch}},
		{hangs, HUNG, []string{modeSync, modeEvent, modeFetch, modeKeyed, modeCancel}},
		{forgetsIt, LOST, []string{modeFetch, modePoll, modeStream}},
		{loses, LOST, []string{modeFetch, modePoll, modeStream, modeKeyedAsync}},
		{takesBack, LOST, []string{modeFetch}},
		{neverKeyed, LOST, []string{modeKeyed}},
		{runsTwice, DOUBLE, []string{modeKeyed, modeKeyedAsync}},
		{changes, DOUBLE, []string{modeFetch}},
		{ignores, DOUBLE, []string{modeCancel}},
	} {
		for _, mode := range tt.modes {
			t.Run(string(tt.sin)+", "+mode, func(t *testing.T) {
				t.Parallel()
				sure := tt.sin != takesBack && tt.sin != changes && tt.sin != ignores
				calls := 8
				if !sure { // it shows in about every second call
					calls = 64
				}
				l := account(t, tt.sin, calls, mode)
				if !l.failed() || l.faults[tt.kind] == 0 {
					t.Errorf("found %v in %v", l.faults, l.outcomes)
				}
				if len(l.stories) == 0 || !strings.Contains(l.stories[0], tt.kind) {
					t.Errorf("it is not told: %v", l.stories)
				}
				if sure && l.faults[tt.kind] != calls {
					t.Errorf("found in %d of %d calls", l.faults[tt.kind], calls)
				}
			})
		}
	}
}

// An adapter that is stopped cannot answer, so that time does not count. If it
// does not answer then, either, the call has hung.
func TestTimeOfAStoppedAdapterDoesNotCount(t *testing.T) {
	t.Parallel()
	times := newTimeline()
	k := newDouble(t, hangs, times)
	end := times.begin("adapter-1", faultStop)
	const stopped = 900 * time.Millisecond
	wakes := make(chan time.Time, 1)
	time.AfterFunc(stopped, func() { wakes <- time.Now(); end() })
	c := newCall(1, 0, []string{modeSync})
	l, a := k.do(t.Context(), request{what: lookCall, method: "POST", path: "/alpha", body: c.plan.order(), deadline: time.Now()})
	if late := l.ended.Sub(<-wakes); late < k.limits.grace || a.err == nil || withError(l, a.err).kind != hung {
		t.Errorf("%v, %s behind the end of the stop", a.err, late)
	}
}

func TestInterruptedCallsAreNotBlamed(t *testing.T) {
	t.Parallel()
	k := newDouble(t, hangs, newTimeline())
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	c := newCall(1, 0, []string{modeSync})
	k.run(ctx, c)
	if kinds := []kind{c.looks[0].kind}; !slices.Equal(kinds, []kind{cutOff}) {
		t.Errorf("found %v", kinds)
	}
}
