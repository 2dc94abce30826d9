package chainfile

import (
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// size reads a number of bytes, such as 4096, 100KB or 1MiB, that is greater
// than zero.
func (r *reader) size(into *int64) func(value) {
	return func(v value) {
		if !r.is(v, yaml.ScalarNode, `a size such as "1MiB"`, textTag, intTag) {
			return
		}
		n, ok := parseSize(v.node.Value)
		switch {
		case !ok:
			r.wrongMeant(v, meantSize(v.node.Value), "%s is not a size in bytes, KB, KiB, MB or MiB", quote(v.node.Value))
		case n == 0:
			r.wrong(v, "the size %s is not greater than zero", quote(v.node.Value))
		default:
			*into = n
		}
	}
}

// parseSize reads digits and a unit; ok is false if that is not all there is,
// or if it does not fit.
func parseSize(s string) (bytes int64, ok bool) {
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	factor := unitSize(s[digits:])
	n, err := strconv.ParseInt(s[:digits], 10, 64)
	if err != nil || factor == 0 || n > math.MaxInt64/factor {
		return 0, false
	}
	return n * factor, true
}

// unitSize is 0 for what is no unit.
func unitSize(unit string) int64 {
	switch unit {
	case "":
		return 1
	case "KB":
		return 1e3
	case "KiB":
		return 1 << 10
	case "MB":
		return 1e6
	case "MiB":
		return 1 << 20
	default:
		return 0
	}
}

// meantSize guesses at "1 MiB", "1mib" and "1M".
func meantSize(s string) string {
	s = strings.Join(strings.Fields(s), "")
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	if digits == 0 {
		return ""
	}
	for _, unit := range []string{"KB", "KiB", "MB", "MiB"} {
		written := s[digits:]
		if !strings.EqualFold(written, unit) && !strings.EqualFold(written+"b", unit) {
			continue
		}
		if n, ok := parseSize(s[:digits] + unit); ok && n > 0 {
			return s[:digits] + unit
		}
	}
	return ""
}
