// Package bytesize reads and writes sizes in bytes such as 4096, 100KB and
// 10MiB. It is stricter than the libraries for it: one spelling for each unit,
// whole numbers only, and no size that is rounded on its way through a float.
package bytesize

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

type unit struct {
	name  string
	bytes int64
}

// units are in the order in which they are tried: the largest first.
func units() []unit {
	return []unit{{"GiB", 1 << 30}, {"GB", 1e9}, {"MiB", 1 << 20}, {"MB", 1e6}, {"KiB", 1 << 10}, {"KB", 1e3}, {"", 1}}
}

// Parse reads digits and a unit, if there is one. The error is
// [strconv.ErrSyntax], or [strconv.ErrRange] for a size that no int64 holds.
func Parse(text string) (int64, error) {
	digits, suffix := split(text)
	for _, u := range units() {
		if u.name != suffix || digits == "" {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n > math.MaxInt64/u.bytes {
			return 0, strconv.ErrRange
		}
		return n * u.bytes, nil
	}
	return 0, strconv.ErrSyntax
}

// Positive is Parse for a size above zero. Its errors are for whoever has written
// it.
func Positive(text string) (int64, error) {
	n, err := Parse(text)
	switch meant := Meant(text); {
	case err == nil && n > 0:
		return n, nil
	case meant != "":
		return 0, fmt.Errorf("%q is no size in bytes; did you mean %s?", text, meant)
	default:
		return 0, fmt.Errorf("%q is no size in bytes above zero, such as 64MiB", text)
	}
}

// Meant guesses the size behind "1 MiB", "1mib" and "1M"; "" if it cannot.
func Meant(text string) string {
	digits, suffix := split(strings.Join(strings.Fields(text), ""))
	for _, u := range units() {
		for _, written := range []string{suffix, suffix + "iB", suffix + "B"} {
			if guess := digits + u.name; digits != "" && u.name != "" && strings.EqualFold(written, u.name) && guess != text {
				return guess
			}
		}
	}
	return ""
}

// Format writes a size in the largest unit that leaves no fraction.
func Format(n int64) string {
	for _, u := range units() {
		if n >= u.bytes && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}

func split(text string) (digits, suffix string) {
	n := len(text) - len(strings.TrimLeft(text, "0123456789"))
	return text[:n], text[n:]
}
