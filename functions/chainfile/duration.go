package chainfile

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// duration reads a positive duration as [time.ParseDuration] knows it.
func (r *reader) duration(into *time.Duration) func(value) {
	return func(v value) {
		// A number is let in to be told that its unit is missing.
		if !r.is(v, yaml.ScalarNode, `a duration such as "10s"`, textTag, intTag, floatTag) {
			return
		}
		d, err := time.ParseDuration(v.node.Value)
		switch {
		case err != nil && v.node.ShortTag() != textTag:
			r.wrongMeant(v, meantDuration(v.node.Value), "the duration %s has no unit", quote(v.node.Value))
		case err != nil:
			r.wrongMeant(v, meantDuration(v.node.Value), "%s is not a duration", quote(v.node.Value))
		case d <= 0:
			r.wrong(v, "the duration %s is not greater than zero", quote(v.node.Value))
		default:
			*into = d
		}
	}
}

// meantDuration guesses the duration behind what people write instead of one;
// "" if it cannot.
func meantDuration(s string) string {
	s = strings.ToLower(strings.Join(strings.Fields(s), ""))
	digits := len(s) - len(strings.TrimLeft(s, "0123456789."))
	number, unit := s[:digits], s[digits:]
	switch unit {
	case "", "sec", "secs", "second", "seconds":
		unit = "s"
	case "min", "mins", "minute", "minutes":
		unit = "m"
	case "hr", "hrs", "hour", "hours":
		unit = "h"
	case "msec", "msecs", "milli", "millis", "millisecond", "milliseconds":
		unit = "ms"
	}
	if d, err := time.ParseDuration(number + unit); err != nil || d <= 0 {
		return ""
	}
	return number + unit
}
