package console

import (
	"slices"
	"time"
)

const (
	// window is for how long what is measured counts.
	window = time.Minute
	// rateWindow is over how many seconds a rate is.
	rateWindow = 10
	// samples is how many times are kept for the quantiles.
	samples = 512
)

// stats are what is measured of a chain or a step, over the last while. It is
// guarded by the recorder's mutex.
type stats struct {
	running int
	seconds [rateWindow + 1]second // by the second, modulo their number
	times   []sample               // a ring
	next    int
	total   int
	failed  int
}

type second struct {
	unix          int64
	count, failed int
}

type sample struct {
	at   int64 // Unix time in milliseconds
	took time.Duration
	bad  bool
}

// add counts what has ended now.
func (s *stats) add(now time.Time, took time.Duration, failed bool) {
	unix := now.Unix()
	sec := &s.seconds[unix%int64(len(s.seconds))]
	if sec.unix != unix {
		*sec = second{unix: unix}
	}
	sec.count++
	s.total++
	if failed {
		sec.failed++
		s.failed++
	}
	one := sample{at: now.UnixMilli(), took: took, bad: failed}
	if len(s.times) < samples {
		s.times = append(s.times, one)
		return
	}
	s.times[s.next] = one
	s.next = (s.next + 1) % samples
}

// Figures are what was measured over the last while.
type Figures struct {
	// Rate is in calls a second over the last ten seconds, and Errors the part of
	// them that failed.
	Rate   float64 `json:"rate"`
	Errors float64 `json:"errors"`
	// P50 and P99 are quantiles of the time that a call took within the last minute,
	// in milliseconds; null if there was none.
	P50 *float64 `json:"p50"`
	P99 *float64 `json:"p99"`
	// Running is how many are running now.
	Running int `json:"running"`
	// Total and Failed count since the process began.
	Total  int `json:"total"`
	Failed int `json:"failed"`
}

// figures returns what holds now.
func (s *stats) figures(now time.Time) Figures {
	f := Figures{Running: s.running, Total: s.total, Failed: s.failed}
	unix := now.Unix()
	count, failed := 0, 0
	for _, sec := range s.seconds {
		if age := unix - sec.unix; age > 0 && age <= rateWindow { // the second that runs is not over
			count, failed = count+sec.count, failed+sec.failed
		}
	}
	f.Rate = float64(count) / rateWindow
	if count > 0 {
		f.Errors = float64(failed) / float64(count)
	}
	since := now.Add(-window).UnixMilli()
	var times []time.Duration
	for _, one := range s.times {
		if one.at >= since {
			times = append(times, one.took)
		}
	}
	if len(times) > 0 {
		slices.Sort(times)
		f.P50, f.P99 = quantile(times, 0.5), quantile(times, 0.99) //nolint:mnd // as their names say
	}
	return f
}

// quantile returns a quantile of sorted times in milliseconds.
func quantile(sorted []time.Duration, q float64) *float64 {
	at := min(int(q*float64(len(sorted))), len(sorted)-1)
	return new(milliseconds(sorted[at]))
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
}
