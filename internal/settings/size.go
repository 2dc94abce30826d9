package settings

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/homing-dev/homing/internal/bytesize"
)

// Size is a number of bytes, greater than zero. It is a value of a flag that
// is written as digits and a unit: 4096, 100KB, 10MiB.
type Size int64

// ErrSize means that a text is no [Size].
var ErrSize = errors.New("must be a number of bytes greater than zero with or without a unit, such as 65536, 512KB or 10MiB")

// Set reads a size. It fails with [ErrSize].
func (s *Size) Set(text string) error {
	n, err := bytesize.Parse(text)
	if err == nil && n > 0 {
		*s = Size(n)
		return nil
	}
	if errors.Is(err, strconv.ErrRange) {
		return fmt.Errorf("%w; this is more than there is", ErrSize)
	}
	if meant := bytesize.Meant(text); meant != "" {
		return fmt.Errorf("%w; did you mean %s?", ErrSize, meant)
	}
	return ErrSize
}

// String writes the size in the largest unit that leaves no fraction.
func (s *Size) String() string { return bytesize.Format(int64(*s)) }

// Type names the value in the help text.
func (*Size) Type() string { return "size" }
