package observe

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Seconds is one series of a histogram of [Histogram]. It is safe for concurrent
// use.
type Seconds struct {
	histogram prometheus.Observer
	bounds    []float64
	exemplars []atomic.Int64 // by the bucket: in which second it got its last one
}

// NewSeconds returns what observes times for a series.
func NewSeconds(histogram prometheus.Observer) *Seconds {
	bounds := Buckets()
	return &Seconds{histogram: histogram, bounds: bounds, exemplars: make([]atomic.Int64, len(bounds)+1)}
}

// Observe adds a time, with the id of its trace as exemplar if that trace is
// recorded: one that nobody can look up would be of no use. As an exemplar costs a
// hundred times what an observation costs, and a scrape has the last one of a
// bucket, a bucket gets one in a second.
func (s *Seconds) Observe(d time.Duration, traceparent string) {
	seconds := d.Seconds()
	if traceparent != "" {
		if id, sampled := TraceID(traceparent); sampled && s.wantsExemplar(seconds) {
			if e, ok := s.histogram.(prometheus.ExemplarObserver); ok {
				e.ObserveWithExemplar(seconds, prometheus.Labels{TraceIDLabel: id})
				return
			}
		}
	}
	s.histogram.Observe(seconds)
}

func (s *Seconds) wantsExemplar(seconds float64) bool {
	bucket, _ := slices.BinarySearch(s.bounds, seconds)
	last, now := s.exemplars[bucket].Load(), time.Now().Unix()
	return last != now && s.exemplars[bucket].CompareAndSwap(last, now)
}
