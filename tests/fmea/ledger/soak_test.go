package main

import (
	"testing"
	"time"
)

// short is the form of the run that belongs to all tests. The store is stopped
// and cut off, but not killed: what it forgets then would excuse too much.
func short() config {
	c := defaults()
	c.seed, c.calls, c.duration, c.callers, c.rate = 1, 2500, 45*time.Second, 100, 60
	c.stop, c.spared, c.race, c.progress = 6*time.Second, []string{"store"}, raced, 0
	return c
}

// TestNoCallIsLostWrongDoubleOrHung is the short form of `make soak`.
func TestNoCallIsLostWrongDoubleOrHung(t *testing.T) {
	t.Parallel()
	account := func(t *testing.T, cfg config) {
		t.Helper()
		t.Parallel()
		l, err := soak(t.Context(), cfg, t.Output())
		if err != nil {
			t.Fatal(err)
		}
		t.Log("\n" + l.report())
		if l.failed() {
			t.Errorf("%v, %d processes ended by themselves; repeat it with go run ./tests/fmea/ledger "+
				"-seed %d -calls %d -callers %d -rate %g -stop %s -shape %s -spare store",
				l.faults, len(l.deaths), l.cfg.seed, l.cfg.calls, l.cfg.callers, l.cfg.rate, l.cfg.stop, l.cfg.shape)
		}
	}
	t.Run("behind the broker", func(t *testing.T) { account(t, short()) }) //nolint:paralleltest // account does
	t.Run("inline", func(t *testing.T) {                                   //nolint:paralleltest // account does
		cfg := short()
		cfg.shape, cfg.calls, cfg.duration = shapeInline, 1000, 30*time.Second
		account(t, cfg)
	})
}
