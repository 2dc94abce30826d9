package figures_test

import (
	"slices"
	"testing"

	"github.com/homing-dev/homing/tests/bench/internal/figures"
)

func TestSpread(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		values []float64
		want   figures.Spread
	}{
		"none":             {nil, figures.Spread{}},
		"one":              {[]float64{3}, figures.Spread{Median: 3, Min: 3, Max: 3}},
		"odd":              {[]float64{9, 1, 4}, figures.Spread{Median: 4, Min: 1, Max: 9}},
		"even":             {[]float64{9, 1, 4, 5}, figures.Spread{Median: 4.5, Min: 1, Max: 9}},
		"one outlier":      {[]float64{10, 10, 1000, 10, 11}, figures.Spread{Median: 10, Min: 10, Max: 1000}},
		"negative numbers": {[]float64{-1, -3}, figures.Spread{Median: -2, Min: -3, Max: -1}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := slices.Clone(tt.values)
			if got := figures.Of(tt.values); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			if !slices.Equal(before, tt.values) {
				t.Errorf("the values were changed to %v", tt.values)
			}
		})
	}
}
