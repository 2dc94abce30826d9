package settings

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size is a number of bytes, greater than zero. It is a value of a flag that
// is written as digits and a unit: 4096, 100KB, 10MiB.
type Size int64

// unit is a suffix of a [Size].
type unit struct {
	name  string
	bytes int64
}

// units are the units from the largest.
func units() []unit {
	return []unit{
		{"GiB", 1 << 30},
		{"GB", 1e9},
		{"MiB", 1 << 20},
		{"MB", 1e6},
		{"KiB", 1 << 10},
		{"KB", 1e3},
	}
}

// ErrSize says that a text is no [Size].
var ErrSize = errors.New("must be a number of bytes greater than zero with or without a unit, such as 65536, 512KB or 10MiB")

// Set reads a size. It fails with [ErrSize].
func (s *Size) Set(text string) error {
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	factor := int64(1)
	if suffix := text[digits:]; suffix != "" {
		factor = 0
		for _, u := range units() {
			if u.name == suffix {
				factor = u.bytes
			}
		}
	}
	n, err := strconv.ParseInt(text[:digits], 10, 64)
	switch {
	case err != nil, n == 0, factor == 0 && meant(text[digits:]) == "":
		return ErrSize
	case factor == 0:
		return fmt.Errorf("%w; did you mean %s%s?", ErrSize, text[:digits], meant(text[digits:]))
	case n > math.MaxInt64/factor:
		return fmt.Errorf("%w; this is more than there is", ErrSize)
	}
	*s = Size(n * factor)
	return nil
}

// meant guesses the unit behind "mib", " MB" and "M"; "" if it cannot.
func meant(written string) string {
	written = strings.TrimSpace(written)
	for _, u := range units() {
		if strings.EqualFold(written, u.name) || strings.EqualFold(written+"iB", u.name) {
			return u.name
		}
	}
	return ""
}

// String writes the size in the largest unit that leaves no fraction.
func (s *Size) String() string {
	for _, u := range units() {
		if n := int64(*s); n >= u.bytes && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(*s), 10)
}

// Type names the value in the help text.
func (*Size) Type() string { return "size" }
