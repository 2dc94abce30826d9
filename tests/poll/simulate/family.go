package simulate

import (
	"math"
	"math/rand/v2"
	"sort"

	"github.com/homing-dev/homing/internal/poller/hazard"
)

// Family of latencies. Those of this package have a mean of about one second.
type Family struct {
	Name string
	// Quantile returns the latency in seconds that the part p of the calls does
	// not exceed; call counts from 0, for a family that changes.
	Quantile func(p float64, call int) float64
}

// Families are the ones that are compared. driftEvery is after how many calls
// the drifting one changes.
func Families(driftEvery int) []Family {
	return []Family{
		{"constant", func(float64, int) float64 { return 1 }},
		{"lognormal", lognormal(0.95, 0.3)},
		{"bimodal", func(p float64, _ int) float64 { return bimodal(p) }},
		{"heavy-tailed", func(p float64, _ int) float64 { return pareto(p) }},
		{"exponential", func(p float64, _ int) float64 { return -math.Log1p(-p) }},
		{"drifting", Drifting(driftEvery)},
	}
}

// Drifting is lognormal, and its median changes between half a second and a
// second and a half after so many calls.
func Drifting(every int) func(p float64, call int) float64 {
	fast, slow := lognormal(0.5, 0.3), lognormal(1.5, 0.3)
	return func(p float64, call int) float64 {
		if call/every%2 == 0 {
			return fast(p, call)
		}
		return slow(p, call)
	}
}

func lognormal(median, sigma float64) func(p float64, call int) float64 {
	return func(p float64, _ int) float64 {
		return median * math.Exp(sigma*math.Sqrt2*math.Erfinv(2*p-1))
	}
}

// bimodal is two lognormal modes of the same weight, which do not overlap.
func bimodal(p float64) float64 {
	const sigma = 0.1
	if p < 0.5 {
		return lognormal(0.4, sigma)(2*p, 0)
	}
	return lognormal(1.6, sigma)(2*p-1, 0)
}

// pareto has a finite mean and no variance.
func pareto(p float64) float64 {
	const shape, least = 1.5, 1.0 / 3
	return least * math.Pow(1-p, -1/shape)
}

// sample draws a latency.
func (f Family) sample(r *rand.Rand, call int) float64 {
	return f.Quantile(r.Float64(), call)
}

// Curve is the true one of a family, as it is at a call, for comparison with
// what is learned: blocks that hold the same share of the calls each.
func (f Family) Curve(call int) *hazard.Curve {
	const blocks, finest = 1000, 2e-4
	from, rates := []float64{0}, []float64{}
	before := 0.0 // share of the calls up to the last edge
	for i := 1; i < blocks*100; i++ {
		p := float64(i) / blocks
		if p >= 1 { // the last thousandth, finer and finer
			p = 1 - math.Exp2(-float64(i-blocks)/4)/blocks
		}
		if p > 1-1e-9 {
			break
		}
		age := f.Quantile(p, call)
		last := from[len(from)-1]
		if age-last < finest {
			continue
		}
		rates = append(rates, (math.Log1p(-before)-math.Log1p(-p))/(age-last))
		from = append(from, age)
		before = p
	}
	if before < 0.5 { // constant: all at once
		last := f.Quantile(0.5, call)
		return hazard.NewCurve([]float64{0, last - finest, last + finest}, []float64{0, 50 / finest, 1})
	}
	return hazard.NewCurve(from, append(rates, rates[len(rates)-1]))
}

// Mean latency of n draws.
func (f Family) Mean() float64 {
	const n = 10000
	sum := 0.0
	for i := range n {
		sum += f.Quantile((float64(i)+0.5)/n, 0)
	}
	return sum / n
}

func percentile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(p*float64(len(sorted))), len(sorted)-1)]
}

func summary(waits []float64) (mean, p99 float64) {
	for _, w := range waits {
		mean += w
	}
	sort.Float64s(waits)
	return mean / max(float64(len(waits)), 1), percentile(waits, 0.99)
}
