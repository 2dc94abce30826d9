package main

import (
	"testing"
	"time"
)

func TestLostTimeIsWhatAProcessWaitedForAProcessor(t *testing.T) {
	t.Parallel()
	const span = 100 * time.Millisecond
	for name, tt := range map[string]struct{ ran, waited, lost time.Duration }{
		"idle":                           {0, 0, 0},
		"busy, on a machine with time":   {span, 0, 0},
		"two threads, one waits":         {span, span, span / 2},
		"wanted a little, and waited":    {0, span / 5, span / 5},
		"wanted all, and did not run":    {0, span, span},
		"many threads, none of them ran": {0, 8 * span, span},
	} {
		if lost := lostOf(span, tt.ran, tt.waited); lost != tt.lost {
			t.Errorf("%s: %s, want %s", name, lost, tt.lost)
		}
	}
	times := newTimeline()
	start := time.Now()
	times.starve("adapter-1", start.Add(span), span/2)
	times.starve("adapter-1", start.Add(3*span), span)
	times.starve("adapter-1", start.Add(4*span), span/100) // no machine is without
	if got := times.still("adapter-1", start); got != 3*span/2 {
		t.Errorf("all of it: %s", got)
	}
	if got := times.still("adapter-1", start.Add(2*span)); got != span {
		t.Errorf("a part of it: %s", got)
	}
	if got := times.still("adapter-2", start); got != 0 {
		t.Errorf("of another: %s", got)
	}
}
