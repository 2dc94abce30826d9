package cloudevents

import (
	"strings"
	"time"
)

const (
	shapeOfDateTime = "dddd-dd-ddTdd:dd:dd" // d stands for a digit
	shapeOfOffset   = "dd:dd"
	leapSecond      = "60"
	lastSecond      = "59"
	maxYear         = 9999
	maxOffsetHour   = "23"
	maxOffsetMinute = "59"
)

// ParseTimestamp reads the value of a Timestamp attribute, a date-time of RFC 3339 section 5.6. T and Z may be in
// lower case; digits after the ninth of a fraction are cut off. A leap second
// is taken where it can be, at the end of a day in UTC, and becomes the second
// after it, as in POSIX time.
func ParseTimestamp(s string) (time.Time, error) {
	if !isTimestamp(s) {
		return time.Time{}, faultTimestamp
	}
	if s[len("dddd-dd-dd")] == 't' || s[len(s)-1] == 'z' {
		s = strings.ToUpper(s)
	}
	leap := s[len(shapeOfDateTime)-len(leapSecond):len(shapeOfDateTime)] == leapSecond
	if leap {
		s = s[:len(shapeOfDateTime)-len(leapSecond)] + lastSecond + s[len(shapeOfDateTime):]
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, faultTimestamp
	}
	if leap {
		t = t.Add(time.Second)
		if hour, minute, second := t.UTC().Clock(); hour != 0 || minute != 0 || second != 0 {
			return time.Time{}, faultTimestamp
		}
	}
	return t, nil
}

// isTimestamp checks the form, as time.Parse also takes others: a comma, an
// hour of one digit, an offset of 99 hours.
func isTimestamp(s string) bool {
	if len(s) <= len(shapeOfDateTime) || !hasShape(s[:len(shapeOfDateTime)], shapeOfDateTime) {
		return false
	}
	rest := s[len(shapeOfDateTime):]
	if rest[0] == '.' {
		digits := 1
		for digits < len(rest) && isDigit(rest[digits]) {
			digits++
		}
		if digits == 1 {
			return false
		}
		rest = rest[digits:]
	}
	if rest == "Z" || rest == "z" {
		return true
	}
	if rest == "" || rest[0] != '+' && rest[0] != '-' {
		return false
	}
	offset := rest[1:]
	return hasShape(offset, shapeOfOffset) && offset[:2] <= maxOffsetHour && offset[3:] <= maxOffsetMinute
}

func hasShape(s, shape string) bool {
	if len(s) != len(shape) {
		return false
	}
	for i := range len(s) {
		switch shape[i] {
		case 'd':
			if !isDigit(s[i]) {
				return false
			}
		case 'T':
			if s[i] != 'T' && s[i] != 't' {
				return false
			}
		default:
			if s[i] != shape[i] {
				return false
			}
		}
	}
	return true
}

// formatTimestamp writes a time in UTC with the digits it needs. A year that
// RFC 3339 cannot write is refused.
func formatTimestamp(t time.Time) (string, error) {
	t = t.UTC()
	if year := t.Year(); year < 0 || year > maxYear {
		return "", faultTimestamp
	}
	return t.Format(time.RFC3339Nano), nil
}
