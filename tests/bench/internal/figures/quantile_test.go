package figures_test

import (
	"slices"
	"testing"

	"github.com/homing-dev/homing/tests/bench/internal/figures"
)

func TestQuantileIsTheNearestRank(t *testing.T) {
	t.Parallel()
	ten := []float64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}
	tests := map[string]struct {
		values  []float64
		q, want float64
	}{
		"median of ten":   {ten, 0.5, 5},
		"p90 of ten":      {ten, 0.9, 9},
		"p99 of ten":      {ten, 0.99, 10},
		"greatest":        {ten, 1, 10},
		"least":           {ten, 0, 1},
		"of one":          {[]float64{7}, 0.9, 7},
		"median of three": {[]float64{3, 1, 2}, 0.5, 2},
		"of none":         {nil, 0.5, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := slices.Clone(tt.values)
			if got := figures.Quantile(tt.values, tt.q); got != tt.want {
				t.Errorf("got %g, want %g", got, tt.want)
			}
			if !slices.Equal(before, tt.values) {
				t.Errorf("the values became %v", tt.values)
			}
		})
	}
}
