package schedule

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestBucketsCountWhatIsThere against a plain list.
func TestBucketsCountWhatIsThere(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	var bs buckets
	var list []float64
	for i := range 5000 {
		if r.IntN(3) > 0 || len(list) == 0 {
			start := float64(i)*0.001 - r.Float64()*0.1
			bs.add(start)
			list = append(list, start)
		} else {
			k := r.IntN(len(list))
			bs.remove(list[k])
			list[k] = list[len(list)-1]
			list = list[:len(list)-1]
		}
	}
	sum := 0.0
	for _, start := range list {
		sum += start
	}
	for _, limit := range []int{1, 10, 48, 100_000} {
		calls, starts, groups, before := 0.0, 0.0, 0, math.Inf(-1)
		bs.merged(limit, func(start, n float64) {
			if start <= before {
				t.Errorf("%v after %v", start, before)
			}
			before = start
			calls += n
			starts += start * n
			groups++
		})
		if int(calls) != len(list) || bs.calls != len(list) || math.Abs(starts-sum) > 1e-6 || groups > 2*limit+1 {
			t.Errorf("limit %d: %v calls of %d, starts %v of %v, %d groups", limit, calls, len(list), starts, sum, groups)
		}
	}
	for _, start := range list {
		bs.remove(start)
	}
	bs.remove(3) // was never there
	if len(bs.all) != 0 || bs.calls != 0 {
		t.Errorf("%d buckets with %d calls are left", len(bs.all), bs.calls)
	}
}

func TestUnitsOfScansAreLearned(t *testing.T) {
	t.Parallel()
	var l scanUnits
	if l.price() != firstUnits || l.slope() != firstSlope {
		t.Errorf("at first a scan costs %v and a reply %v", l.price(), l.slope())
	}
	for i := range 500 { // replies of 1 KB, ten of which were read before
		k := 10 + i*7%30
		l.learn(k, 10, 0.5*math.Ceil(float64(k)/4))
	}
	if s, scan := l.slope(), l.price(); math.Abs(s-0.125) > 0.01 || scan < 1.2 || scan > 1.8 {
		t.Errorf("a reply costs %v and a scan %v", s, scan)
	}
	l = scanUnits{}
	for i := range 500 {
		l.learn(i%3, 0, 0.5)
	}
	if s, scan := l.slope(), l.price(); s > 0.01 || math.Abs(scan-0.5) > 0.02 {
		t.Errorf("few replies: each costs %v and a scan %v", s, scan)
	}
}

func TestBackoffDoublesAndEnds(t *testing.T) {
	t.Parallel()
	var b backoff
	now, before := 0.0, 0.0
	for i := range 20 {
		b.failed(now, now, 1)
		b.failed(now, now, 1) // of a read that ran beside it
		pause := b.until - now
		if want := min(pauseFirst*math.Exp2(float64(i)), pauseMost); math.Abs(pause-want) > 1e-9 {
			t.Errorf("pause %d is %v, want %v", i, pause, want)
		}
		before, now = pause, b.until
	}
	b.worked()
	b.failed(now+1, now+1, 0)
	if pause := b.until - now - 1; pause >= before || math.Abs(pause-pauseFirst/2) > 1e-9 {
		t.Errorf("after it worked the pause is %v", pause)
	}
}
