// Package figures sums up what several rounds measured.
package figures

import "slices"

// Spread is the median of values, with the least and the greatest of them.
type Spread struct {
	Median, Min, Max float64
}

// Of sums values up, and leaves them as they are. Of no values it is zero.
func Of(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return Spread{
		Median: (sorted[(n-1)/2] + sorted[n/2]) / 2, //nolint:mnd // of an even number: the mean of the two in the middle
		Min:    sorted[0],
		Max:    sorted[n-1],
	}
}
