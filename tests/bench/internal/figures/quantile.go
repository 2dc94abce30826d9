package figures

import (
	"math"
	"slices"
)

// Quantile is the least of values that a part q of them, from 0 to 1, does not
// exceed: the nearest rank. It leaves values as they are. Of no values it is 0.
func Quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	rank := int(math.Ceil(q * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}
