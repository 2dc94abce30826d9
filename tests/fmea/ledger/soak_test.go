package main

import (
	"testing"
	"time"
)

// short is the form of the run that belongs to all tests. The store is killed,
// too, and must not have forgotten anything.
func short() config {
	c := defaults()
	c.seed, c.calls, c.duration, c.callers, c.rate = 1, 2500, 45*time.Second, 100, 60
	c.stop, c.race, c.progress = 6*time.Second, raced, 0
	return c
}

// TestNoCallIsLostWrongDoubleOrHung is the short form of `make soak`.
func TestNoCallIsLostWrongDoubleOrHung(t *testing.T) {
	t.Parallel()
	inline := short()
	inline.shape, inline.calls, inline.duration = shapeInline, 1000, 30*time.Second
	for _, cfg := range []config{short(), inline} {
		t.Run(cfg.shape, func(t *testing.T) {
			t.Parallel()
			l, err := soak(t.Context(), cfg, t.Output())
			if err != nil {
				t.Fatal(err)
			}
			t.Log("\n" + l.report())
			if l.failed() {
				t.Errorf("%v, %d processes ended by themselves; repeat it with go run ./tests/fmea/ledger "+
					"-seed %d -calls %d -callers %d -rate %g -stop %s -shape %s",
					l.faults, len(l.deaths), cfg.seed, cfg.calls, cfg.callers, cfg.rate, cfg.stop, cfg.shape)
			}
		})
	}
}
