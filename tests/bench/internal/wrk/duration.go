package wrk

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// maxSeconds is more than any run takes, and less than a [time.Duration] holds.
const maxSeconds = 1e9

// ParseDuration reads a time as wrk writes it: a number and one of the units
// us, ms, s, m and h. wrk writes two decimal places.
func ParseDuration(text string) (time.Duration, error) {
	number := strings.TrimRight(text, "hmsu")
	unit, known := unitOf(text[len(number):])
	if !known {
		return 0, fmt.Errorf("wrk's time %q has none of the units us, ms, s, m and h", text)
	}
	value, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, fmt.Errorf("wrk's time %q has no number: %w", text, err)
	}
	if !(value >= 0 && value*unit.Seconds() <= maxSeconds) { // NaN is neither
		return 0, fmt.Errorf("wrk's time %q is out of range", text)
	}
	return time.Duration(math.Round(value * float64(unit))), nil
}

func unitOf(name string) (unit time.Duration, known bool) {
	switch name {
	case "us":
		return time.Microsecond, true
	case "ms":
		return time.Millisecond, true
	case "s":
		return time.Second, true
	case "m":
		return time.Minute, true
	case "h":
		return time.Hour, true
	default:
		return 0, false
	}
}
