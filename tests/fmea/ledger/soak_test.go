package main

import (
	"testing"
	"time"
)

// TestNoCallIsLostWrongDoubleOrHung is the short form of `make soak`, at a rate that
// leaves two cores room for the race detector: above it the machine is late, and not
// what is tested.
func TestNoCallIsLostWrongDoubleOrHung(t *testing.T) { //nolint:tparallel // one run after the other has the machine
	t.Parallel()
	for _, form := range []struct {
		store, fsync, shape string
		calls               int
		rate                float64
		duration            time.Duration
	}{
		{storeRedis, fsyncAlways, shapeBroker, 18_000, 60, 40 * time.Second},
		{storeRedis, fsyncAlways, shapeInline, 18_000, 60, 30 * time.Second},
		{storeRedis, fsyncEverySecond, shapeBroker, 5_000, 60, 20 * time.Second},
		{storeMemory, fsyncAlways, shapeBroker, 8_000, 60, 20 * time.Second},
		{storeDynamoDB, fsyncAlways, shapeBroker, 1_000, 20, 25 * time.Second},
	} {
		cfg := short(t)
		cfg.callers = 100
		// Restarts in order are tested apart, see replicas_test.go: one whose drain ends
		// while the store is cut off breaks connections, which make soak shows.
		cfg.kinds = []string{faultKill, faultStop, faultCut, faultSlow}
		cfg.store, cfg.fsync, cfg.shape, cfg.calls, cfg.rate, cfg.duration = form.store, form.fsync, form.shape, form.calls, form.rate, form.duration
		t.Run(cfg.storeName()+", "+cfg.shape, func(t *testing.T) { // one after the other: each has the machine
			l, err := soak(t.Context(), cfg, t.Output())
			if err != nil {
				t.Fatal(err)
			}
			t.Log("\n" + l.report())
			if l.failed() {
				t.Errorf("%v, %d processes ended by themselves; repeat it with go run ./tests/fmea/ledger "+
					"-seed %d -calls %d -callers %d -rate %g -stop %s -store %s -fsync %s -shape %s",
					l.faults, len(l.deaths), cfg.seed, cfg.calls, cfg.callers, cfg.rate, cfg.stop, cfg.store, cfg.fsync, cfg.shape)
			}
		})
	}
}
