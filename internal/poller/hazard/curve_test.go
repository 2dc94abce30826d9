package hazard_test

import (
	"math"
	"testing"

	"github.com/homing-dev/homing/internal/poller/hazard"
)

func TestCurveOfBlocks(t *testing.T) {
	t.Parallel()
	c := hazard.NewCurve([]float64{0, 1, 2}, []float64{0, 3, 0.5})
	for age, want := range map[float64]struct{ survival, rate float64 }{
		-1:  {1, 0},
		0:   {1, 0},
		0.9: {1, 0},
		1:   {1, 3},
		1.5: {math.Exp(-1.5), 3},
		2:   {math.Exp(-3), 0.5},
		10:  {math.Exp(-7), 0.5},
	} {
		if s, r := c.Survival(age), c.Rate(age); math.Abs(s-want.survival) > 1e-12 || r != want.rate {
			t.Errorf("at %v: survival %v, rate %v", age, s, r)
		}
	}
}

func TestWalkTellsEdges(t *testing.T) {
	t.Parallel()
	c := hazard.NewCurve([]float64{0, 0.7, 1, 1.5, 2}, []float64{0.1, 0.15, 3, 2, 0.5})
	w := c.Walk(0)
	if sum, rate := w.At(-5); sum != 0 || rate != 0 {
		t.Errorf("before the start: %v, %v", sum, rate)
	}
	for _, step := range []struct{ age, edge float64 }{{0.5, 1}, {1, 2}, {1.9, 2}, {2, math.Inf(1)}, {50, math.Inf(1)}} {
		w.At(step.age)
		if w.Edge() != step.edge {
			t.Errorf("at %v the next edge is %v", step.age, w.Edge())
		}
	}
}
