package backoff_test

import (
	"math"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/backoff"
)

func TestBackoffDoublesUpToTheLongest(t *testing.T) {
	t.Parallel()
	const first, longest = backoff.First, time.Second
	for n, want := range map[int]time.Duration{
		0: first, 1: 2 * first, 2: 4 * first, 4: 16 * first, 5: longest, 6: longest, math.MaxInt: longest,
	} {
		for range 100 {
			if got := backoff.Delay(n, longest); got < want*8/10 || got > want*12/10 {
				t.Errorf("after %d others: %s, want about %s", n, got, want)
			}
		}
	}
}
