package simulate_test

import (
	"testing"
	"time"

	"github.com/homing-dev/homing/tests/poll/simulate"
)

// BenchmarkRequest is the CPU time that one request takes of scheduler and
// simulator, at the price balanced. At 1,000 requests a second, 20 µs are 2%
// of a core.
func BenchmarkRequest(b *testing.B) {
	for name, n := range map[string]int{"1000": 1000, "10000": 10_000} {
		b.Run(name, func(b *testing.B) {
			replies := 0
			begin := time.Now()
			for b.Loop() {
				cfg := simulate.Config{
					Family: simulate.Families(1000)[1], InFlight: n, Replies: 5 * n, Warmup: 1, Store: simulate.DefaultStore(), Seed: 1, Price: 213,
				}
				replies += simulate.Run(cfg).Replies
			}
			b.ReportMetric(float64(time.Since(begin).Microseconds())/float64(replies), "µs/request")
		})
	}
}
