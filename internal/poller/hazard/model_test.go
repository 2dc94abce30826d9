package hazard_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/poller/hazard"
)

// learn returns a model of n draws.
func learn(n int, draw func(*rand.Rand) float64) (*hazard.Model, *rand.Rand) {
	r := rand.New(rand.NewPCG(1, 2))
	m := &hazard.Model{}
	for i := range n {
		m.Observe(time.Duration(i)*100*time.Millisecond, draw(r))
	}
	return m, r
}

func exponential(r *rand.Rand) float64 { return r.ExpFloat64() }

func TestWithoutDataTheRateFallsWithAge(t *testing.T) {
	t.Parallel()
	c := new(hazard.Model).Curve()
	for _, age := range []float64{0.01, 0.1, 1, 10, 100} {
		if got := c.Rate(age) * age; got < 0.8 || got > 1.25 {
			t.Errorf("at %v s the rate times the age is %v", age, got)
		}
	}
}

func TestExponentialLatencyHasAConstantRate(t *testing.T) {
	t.Parallel()
	m, _ := learn(2000, exponential)
	for _, age := range []float64{0.05, 0.3, 1, 2} {
		if got := m.Curve().Rate(age); got < 0.6 || got > 1.6 {
			t.Errorf("at %v s the rate is %v", age, got)
		}
	}
}

func TestConstantLatencyIsSharp(t *testing.T) {
	t.Parallel()
	for _, n := range []int{10, 50, 1000} {
		m, _ := learn(n, func(*rand.Rand) float64 { return 1 })
		before, after := m.Curve().Survival(0.998), m.Curve().Survival(1.002)
		if before < 0.9 || after > 0.3 {
			t.Errorf("after %d replies the survival falls from %v to %v", n, before, after)
		}
	}
}

func TestGapBetweenModesIsFound(t *testing.T) {
	t.Parallel()
	m, _ := learn(1000, func(r *rand.Rand) float64 { return 0.4 + 1.2*float64(r.IntN(2)) + 0.02*r.NormFloat64() })
	c := m.Curve()
	if gap := c.Rate(1); gap > 0.05 {
		t.Errorf("the rate in the gap is %v", gap)
	}
	if s := c.Survival(1); math.Abs(s-0.5) > 0.15 {
		t.Errorf("%v of the calls are in the second mode", s)
	}
}

func TestHeavyTailGoesOnPastTheData(t *testing.T) {
	t.Parallel()
	m, _ := learn(2000, func(r *rand.Rand) float64 { return math.Pow(1-r.Float64(), -1/1.5) / 3 })
	for _, age := range []float64{100, 1000} {
		if index := m.Curve().Rate(age) * age; index < 0.7 || index > 3 {
			t.Errorf("the tail has the index %v at %v s, not about 1.5", index, age)
		}
	}
}

func TestCallsWithoutReplyLowerTheRate(t *testing.T) {
	t.Parallel()
	plain, same := learn(200, exponential)
	lossy, r := learn(200, exponential)
	for range 60 {
		lossy.Censor(20)
	}
	for range 30 {
		lossy.Observe(time.Hour, exponential(r))
		plain.Observe(time.Hour, exponential(same))
	}
	if a, b := lossy.Curve().Rate(4), plain.Curve().Rate(4); a >= b {
		t.Errorf("rate %v with lost calls, %v without", a, b)
	}
}

func TestManyWhoGiveUpDoNotDrownTheReplies(t *testing.T) {
	t.Parallel()
	m, r := learn(500, exponential)
	for range 10_000 {
		m.Censor(0.01)
	}
	for range 100 {
		m.Observe(time.Hour, exponential(r))
	}
	if got := m.Curve().Rate(1); got < 0.5 || got > 2 {
		t.Errorf("the rate is %v", got)
	}
}

func TestDriftIsNoticed(t *testing.T) {
	t.Parallel()
	m, r := learn(600, func(r *rand.Rand) float64 { return 0.5 + 0.1*r.Float64() })
	if m.Drifts() > 1 {
		t.Errorf("%d false alarms", m.Drifts())
	}
	for range 40 {
		m.Observe(time.Hour, 1.5+0.1*r.Float64())
	}
	if m.Drifts() == 0 || m.Replies() > 64 {
		t.Errorf("after 40 other latencies: %d drifts, %d replies known", m.Drifts(), m.Replies())
	}
	if s := m.Curve().Survival(1); s < 0.5 {
		t.Errorf("survival at 1 s is %v", s)
	}
}

func TestSteadyLatencyRaisesNoAlarm(t *testing.T) {
	t.Parallel()
	m, _ := learn(20_000, exponential)
	if m.Drifts() > 10 {
		t.Errorf("%d false alarms in 20,000 replies", m.Drifts())
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	m, _ := learn(5000, exponential)
	if n := m.Replies(); n != 512 {
		t.Errorf("%d replies are kept", n)
	}
}

// FuzzModel holds what every curve is: blocks in rising order from 0 with
// finite rates, and a survival that falls from 1.
func FuzzModel(f *testing.F) {
	f.Add(uint64(1), uint16(10), 1.0, 0.5, false)
	f.Add(uint64(2), uint16(600), 0.0, 0.0, true)
	f.Add(uint64(3), uint16(300), 1e6, 3.0, true)
	f.Fuzz(func(t *testing.T, seed uint64, n uint16, scale, spread float64, quits bool) {
		if !(scale >= 0 && scale < 1e9 && spread >= 0 && spread < 20) {
			return
		}
		r := rand.New(rand.NewPCG(seed, 1))
		m := &hazard.Model{}
		for i := range int(n % 700) {
			age := scale * math.Exp(spread*r.NormFloat64())
			m.Observe(time.Duration(i)*time.Millisecond, age)
			if quits && r.IntN(3) == 0 {
				m.Censor(age * 2)
			}
		}
		check(t, m.Curve())
	})
}

func check(t *testing.T, c *hazard.Curve) {
	t.Helper()
	from := c.Blocks()
	if from[0] != 0 || !slices.IsSorted(from) {
		t.Fatalf("blocks begin at %v", from)
	}
	before := 1.0
	walk := c.Walk(0)
	for _, age := range from {
		s, rate := c.Survival(age), c.Rate(age)
		if math.IsNaN(s) || s > before || math.IsNaN(rate) || rate < 0 || math.IsInf(rate, 0) {
			t.Fatalf("at %v: survival %v after %v, rate %v", age, s, before, rate)
		}
		cumulated, walked := walk.At(age)
		if walked != rate || math.Abs(math.Exp(-cumulated)-s) > 1e-9 {
			t.Fatalf("at %v the walk gives %v, %v", age, cumulated, walked)
		}
		before = s
	}
}

func BenchmarkFit(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	m := &hazard.Model{}
	for i := range 512 {
		m.Observe(time.Duration(i)*time.Second, r.ExpFloat64())
	}
	now := 1000 * time.Second
	for b.Loop() {
		now += time.Second // so that each 64th reply fits
		m.Observe(now, r.ExpFloat64())
	}
	b.ReportMetric(64, "replies/fit")
}
