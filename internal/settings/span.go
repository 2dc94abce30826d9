package settings

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Span is a duration that is not negative. It is a value of a flag that is
// written as [time.ParseDuration] knows it.
type Span time.Duration

// ErrSpan means that a text is no [Span].
var ErrSpan = errors.New("must be a time such as 500ms, 10s or 1h30m")

// Set reads a span. It fails with [ErrSpan].
func (s *Span) Set(text string) error {
	d, err := time.ParseDuration(text)
	switch {
	case err == nil && d >= 0:
		*s = Span(d)
		return nil
	case err != nil && isNumber(text):
		return fmt.Errorf("%w; did you mean %ss?", ErrSpan, text)
	default:
		return ErrSpan
	}
}

func isNumber(text string) bool {
	n, err := strconv.ParseUint(text, 10, 31)
	return err == nil && n > 0
}

// String implements fmt.Stringer.
func (s *Span) String() string {
	if *s == 0 {
		return "0" // which the help text knows as "no default"
	}
	return short(time.Duration(*s))
}

// short leaves the zero minutes and seconds out that time.Duration writes.
func short(d time.Duration) string {
	switch {
	case d%time.Hour == 0:
		return strconv.FormatInt(int64(d/time.Hour), 10) + "h"
	case d%time.Minute == 0:
		return strconv.FormatInt(int64(d/time.Minute), 10) + "m"
	default:
		return d.String()
	}
}

// Type names the value in the help text.
func (*Span) Type() string { return "time" }
