package simulate_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/homing-dev/homing/tests/poll/simulate"
)

// goals of the poller: read units of a reply, as a part of those that a fixed
// interval of 20 ms takes, at the same added waiting. The price is the one that
// leads to it, or dearer.
func goals() map[int]map[string]struct{ price, share float64 } {
	return map[int]map[string]struct{ price, share float64 }{
		1: {
			"constant": {5, 0.1}, "lognormal": {1430, 0.55}, "bimodal": {1200, 0.55},
			"heavy-tailed": {1550, 1.05}, "exponential": {2700, 1.05}, "drifting": {1750, 1.05},
		},
		64: {
			"constant": {700, 1. / 20}, "lognormal": {60, 1. / 20}, "bimodal": {55, 1. / 20},
			"heavy-tailed": {68, 1. / 20}, "exponential": {55, 1. / 20}, "drifting": {55, 1. / 20},
		},
		1000: {
			"constant": {900, 1. / 50}, "lognormal": {20, 1. / 50}, "bimodal": {21, 1. / 50},
			"heavy-tailed": {28, 1. / 50}, "exponential": {20, 1. / 50}, "drifting": {14, 1. / 50},
		},
	}
}

func TestFewerReadsForTheSameWaiting(t *testing.T) {
	t.Parallel()
	for n, families := range goals() {
		for _, f := range simulate.Families(1000) {
			t.Run(fmt.Sprintf("%s/%d", f.Name, n), func(t *testing.T) {
				t.Parallel()
				goal := families[f.Name]
				cfg := simulate.Config{
					Family: f, InFlight: n, Replies: 350 + n/2, Warmup: 500 + n, Store: simulate.DefaultStore(), Seed: 1, Price: goal.price,
				}
				if n == 1 && f.Name == "lognormal" { // its goal is near
					cfg.Replies *= 3
				}
				got := simulate.Run(cfg)
				cfg.Replies = 5000
				base := simulate.PerRequest(cfg, simulate.Fixed(20*time.Millisecond))
				share := got.UnitsPerReply() / base.UnitsPerReply()
				t.Logf("share %.4f, waiting %.4f s of %.4f s, p99 %.4f s", share, got.Waiting, base.Waiting, got.P99)
				if share > goal.share {
					t.Errorf("%.3f units a reply, %.4f of the %.2f that a fixed interval takes", got.UnitsPerReply(), share, base.UnitsPerReply())
				}
				if got.Waiting > 1.03*base.Waiting {
					t.Errorf("waiting %v s, a fixed interval %v s", got.Waiting, base.Waiting)
				}
				// 60 ms is the goal, which docs/poller.md shows for longer runs;
				// here a handful of calls decide.
				if got.P99 > 0.075 {
					t.Errorf("p99 of the waiting is %v s", got.P99)
				}
			})
		}
	}
}

// TestLearningCostsLittle: within 15% of who knows the distribution after 200
// replies, over several runs.
func TestLearningCostsLittle(t *testing.T) {
	t.Parallel()
	for _, f := range simulate.Families(1000)[:5] {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			if got := excess(f, 200); got > 1.15 {
				t.Errorf("cost is %.3f times that of who knows", got)
			}
		})
	}
}

// TestDriftIsFollowed: the same within 500 replies after a change.
func TestDriftIsFollowed(t *testing.T) {
	t.Parallel()
	drifting := simulate.Drifting(600)
	f := simulate.Family{Name: "change", Quantile: func(p float64, call int) float64 { return drifting(p, min(call, 600)) }}
	if got := excess(f, 900); got > 1.15 {
		t.Errorf("cost is %.3f times that of who knows", got)
	}
}

func excess(f simulate.Family, after int) float64 {
	learned, known := 0.0, 0.0
	for seed := range uint64(4) {
		cfg := simulate.Config{
			Family: f, InFlight: 1, Replies: 100, Warmup: after, Store: simulate.DefaultStore(), Seed: seed, Price: 200,
		}
		learned += simulate.Run(cfg).Cost(cfg.Price)
		cfg.Known = true
		known += simulate.Run(cfg).Cost(cfg.Price)
	}
	return learned / known
}

func TestReadsFallWithLoad(t *testing.T) {
	t.Parallel()
	f := simulate.Families(1000)[1]
	reads := map[int]float64{}
	for _, n := range []int{1, 16, 256} {
		cfg := simulate.Config{
			Family: f, InFlight: n, Replies: 500 + n, Warmup: 500 + 2*n, Store: simulate.DefaultStore(), Seed: 1, Price: 13.3,
		}
		reads[n] = simulate.Run(cfg).ReadsPerReply()
	}
	// By the law each is a quarter of the one before.
	if a, b := reads[16]/reads[1], reads[256]/reads[16]; a > 0.4 || b > 0.3 {
		t.Errorf("reads per reply: %v", reads)
	}
}

func TestLostReplyCostsABoundedNumberOfReads(t *testing.T) {
	t.Parallel()
	for _, f := range simulate.Families(1000)[:5] {
		if n := simulate.Lost(f, 13.3, 25*time.Second); n < 5 || n > 60 {
			t.Errorf("%s: %v reads", f.Name, n)
		}
	}
}

func TestSameSeedSameResult(t *testing.T) {
	t.Parallel()
	cfg := simulate.Config{
		Family: simulate.Families(100)[5], InFlight: 30, Replies: 500, Warmup: 100, Store: simulate.DefaultStore(), Seed: 9, Price: 50,
	}
	a, b := simulate.Run(cfg), simulate.Run(cfg)
	if a.Units != b.Units || a.Waiting != b.Waiting || a.Reads != b.Reads {
		t.Errorf("%+v and %+v", a, b)
	}
}

func TestFamiliesHaveAMeanOfASecond(t *testing.T) {
	t.Parallel()
	for _, f := range simulate.Families(1 << 30)[:5] {
		if m := f.Mean(); m < 0.9 || m > 1.05 {
			t.Errorf("%s has a mean of %v s", f.Name, m)
		}
		if f.Name != "constant" && f.Name != "heavy-tailed" {
			for _, p := range []float64{0.1, 0.3, 0.9} {
				if s := f.Curve(0).Survival(f.Quantile(p, 0)); s < 1-p-0.01 || s > 1-p+0.01 {
					t.Errorf("%s: survival at the quantile %v is %v", f.Name, p, s)
				}
			}
		}
	}
}

func TestUsualSchedules(t *testing.T) {
	t.Parallel()
	cfg := simulate.Config{Family: simulate.Families(100)[0], InFlight: 64, Replies: 2000, Seed: 1, Store: simulate.DefaultStore()}
	for name, tt := range map[string]struct {
		res         simulate.Result
		least, most float64 // reads per reply
	}{
		"fixed":        {simulate.PerRequest(cfg, simulate.Fixed(100*time.Millisecond)), 10, 11},
		"exponential":  {simulate.PerRequest(cfg, simulate.Exponential(10*time.Millisecond, time.Second)), 7, 7},
		"proportional": {simulate.PerRequest(cfg, simulate.Proportional(0.25, 10*time.Millisecond, 250*time.Millisecond)), 15, 22},
		"batch":        {simulate.Batch(cfg, 100*time.Millisecond), 10. / 64, 11. / 64},
	} {
		if got := tt.res.ReadsPerReply(); got < tt.least || got > tt.most {
			t.Errorf("%s: %v reads per reply", name, got)
		}
	}
	if fixed, batch := simulate.PerRequest(cfg, simulate.Fixed(20*time.Millisecond)), simulate.Batch(cfg, 20*time.Millisecond); batch.Units < 0.9*fixed.Units {
		t.Errorf("BatchGetItem takes %v units, GetItem %v", batch.Units, fixed.Units)
	}
}
