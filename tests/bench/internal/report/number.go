package report

import (
	"fmt"
	"time"

	"github.com/homing-dev/homing/tests/bench/internal/figures"
)

// spread writes the median with least and greatest, or the median alone if
// they are written alike.
func spread(s figures.Spread, write func(float64) string) string {
	median, least, greatest := write(s.Median), write(s.Min), write(s.Max)
	if least == greatest {
		return median
	}
	return fmt.Sprintf("%s (%s–%s)", median, least, greatest)
}

func whole(v float64) string       { return fmt.Sprintf("%.0f", v) }
func tenths(v float64) string      { return fmt.Sprintf("%.1f", v) }
func hundredths(v float64) string  { return fmt.Sprintf("%.2f", v) }
func thousandths(v float64) string { return fmt.Sprintf("%.3f", v) }

// latency writes seconds in µs, ms or s, whichever fits.
func latency(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Round(time.Microsecond).Microseconds())
	case d < time.Second:
		return fmt.Sprintf("%.2f ms", seconds*float64(time.Second/time.Millisecond))
	default:
		return fmt.Sprintf("%.2f s", seconds)
	}
}

// kilobytes writes bytes as KB of 1024.
func kilobytes(bytes float64) string {
	const kilo = 1024
	return fmt.Sprintf("%.1f", bytes/kilo)
}
