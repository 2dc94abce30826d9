package observe_test

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/internal/observe"
)

const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// BenchmarkObserve is what an observation costs by a histogram with classic
// buckets alone, with native ones beside them, and with a trace that is recorded.
func BenchmarkObserve(b *testing.B) {
	both := observe.Histogram("h", "")
	classic := prometheus.HistogramOpts{Name: "h", Buckets: observe.Buckets()}
	for name, tc := range map[string]struct {
		opts  prometheus.HistogramOpts
		trace string
	}{"classic": {classic, ""}, "native": {both, ""}, "traced": {both, traceparent}} {
		b.Run(name, func(b *testing.B) {
			s := observe.NewSeconds(prometheus.NewHistogram(tc.opts))
			b.ReportAllocs()
			for d := 100 * time.Microsecond; b.Loop(); d += d / 100 {
				if d > 20*time.Second {
					d = 100 * time.Microsecond
				}
				s.Observe(d, tc.trace)
			}
		})
	}
}
