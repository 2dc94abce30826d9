package schedule

import (
	"math"
	"testing"

	"github.com/homing-dev/homing/internal/poller/hazard"
)

func plan(groups []group, pr prices, earliest float64) float64 {
	return new(planner).next(groups, pr, earliest)
}

// TestConstantRateGivesTheDensity: with a constant rate the next read is due
// when the integral of the density reaches 1.
func TestConstantRateGivesTheDensity(t *testing.T) {
	t.Parallel()
	curve := hazard.NewCurve([]float64{0}, []float64{1})
	for _, calls := range []float64{1, 3, 20, 1000, 10000} {
		for _, price := range []float64{300, 3000, 30000} {
			want := math.Sqrt(2 * 0.5 / (price * calls))
			if want < 4*gridFinest {
				continue
			}
			got := plan([]group{newGroup(curve, 0.3, calls)}, prices{0.5, price}, 0)
			if math.Abs(got/want-1) > 0.2 {
				t.Errorf("%v calls at %v: next read after %v s, want about %v", calls, price, got, want)
			}
		}
	}
}

func TestConstantLatencyIsReadOnceAndRightAfterIt(t *testing.T) {
	t.Parallel()
	curve := hazard.NewCurve([]float64{0, 1, 1.001}, []float64{0, 5000, 1})
	for _, price := range []float64{1, 30, 1000} {
		if got := plan([]group{newGroup(curve, 0, 1)}, prices{0.5, price}, 0); got < 1 || got > 1.005 {
			t.Errorf("at %v the first read comes after %v s", price, got)
		}
	}
}

func TestGapBetweenModesIsNotRead(t *testing.T) {
	t.Parallel()
	curve := hazard.NewCurve([]float64{0, 0.4, 0.45, 1.6, 1.65}, []float64{0, 14, 0, 100, 1})
	got := plan([]group{newGroup(curve, 0.451, 1)}, prices{0.5, 200}, 0)
	if age := 0.451 + got; age < 1.6 || age > 1.66 {
		t.Errorf("the read after the first mode comes at the age of %v", age)
	}
}

func TestCallsThatEndTogetherShareARead(t *testing.T) {
	t.Parallel()
	curve := hazard.NewCurve([]float64{0, 1, 1.001}, []float64{0, 5000, 1})
	groups := []group{newGroup(curve, 0, 1), newGroup(curve, 0.010, 1)} // at 1 s and at 0.99 s
	if got := plan(groups, prices{0.5, 20}, 0); got < 0.999 || got > 1.005 {
		t.Errorf("cheap waiting: the read comes after %v s, not for both", got)
	}
	if got := plan(groups, prices{0.5, 200}, 0); got < 0.989 || got > 0.995 {
		t.Errorf("dear waiting: the read comes after %v s, not for the first", got)
	}
}

func TestReadIsNotBeforeTheEarliest(t *testing.T) {
	t.Parallel()
	curve := hazard.NewCurve([]float64{0}, []float64{10})
	for _, earliest := range []float64{0, 0.01, 0.5, 30} {
		got := plan([]group{newGroup(curve, 0, 100)}, prices{0.5, 1e5}, earliest)
		if got < earliest || got > max(2*earliest, 0.01) {
			t.Errorf("earliest %v: %v", earliest, got)
		}
	}
}

// FuzzPlan holds that a plan is a finite time that is not before the earliest.
func FuzzPlan(f *testing.F) {
	f.Add(0.5, 1.0, 0.5, 100.0, 0.0, 3.0)
	f.Add(-1.0, 1e4, 0.1, 1e7, 0.2, 0.0)
	f.Fuzz(func(t *testing.T, age, calls, look, wait, earliest, rate float64) {
		ok := age > -1e5 && age < 1e5 && calls >= 1 && calls < 1e6 && look > 1e-3 && look < 1e6 && wait > 1e-3 && wait < 1e7
		if !ok || !(earliest >= 0 && earliest < 1e3 && rate >= 0 && rate < 1e6) {
			return
		}
		curve := hazard.NewCurve([]float64{0, 0.5, 0.501, 2}, []float64{0, rate, 0, 1})
		got := plan([]group{newGroup(curve, age, calls), newGroup(curve, age/2, 1)}, prices{look, wait}, earliest)
		if math.IsNaN(got) || math.IsInf(got, 0) || got < earliest {
			t.Errorf("next read after %v s", got)
		}
	})
}

func BenchmarkPlan(b *testing.B) {
	m := &hazard.Model{}
	for i := range 512 {
		m.Observe(0, 0.5+float64(i*7919%512)/512)
	}
	for _, n := range []int{1, 8, 48} {
		groups := make([]group, n)
		b.Run(string(rune('0'+n/10))+string(rune('0'+n%10)), func(b *testing.B) {
			p := &planner{}
			for b.Loop() {
				for i := range groups {
					groups[i] = newGroup(m.Curve(), float64(i)/float64(n), 20)
				}
				p.next(groups, prices{0.5, 200}, 0)
			}
		})
	}
}
