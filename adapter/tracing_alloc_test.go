//go:build !race

// The race detector's instrumentation makes a call allocate.

package adapter_test

import (
	"math"
	"testing"
)

func TestTracesThatAreOffCostNoAllocs(t *testing.T) { //nolint:paralleltest // AllocsPerRun counts those of all goroutines
	const most = 19 // of a plain call, before there were traces
	for _, name := range []string{"none", "no-op"} {
		call, got := plainCall(t, providers()[name]), math.Inf(1)
		for range 5 { // those of what earlier tests have left running are counted, too
			got = min(got, testing.AllocsPerRun(200, call))
		}
		if got > most {
			t.Errorf("%s: %g allocations, want at most %d", name, got, most)
		}
	}
}
