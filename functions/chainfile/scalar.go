package chainfile

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/homing-dev/homing/internal/bytesize"
	"github.com/homing-dev/homing/internal/nearest"
)

// Tags that YAML's core schema has for plain scalars.
const (
	nullTag  = "!!null"
	boolTag  = "!!bool"
	intTag   = "!!int"
	floatTag = "!!float"
	textTag  = "!!str"
)

// parser returns the value of a scalar, or what is invalid about it and a guess
// at what was meant.
type parser[T any] func(n *yaml.Node) (x T, problem, meant string)

// scalar reads a scalar that has one of the tags into a variable. A guess that
// would be invalid itself, or that is longer than anybody would read, is dropped.
func scalar[T any](r *reader, v value, into *T, expected string, parse parser[T], tags ...string) {
	if !r.is(v, yaml.ScalarNode, expected, tags...) {
		return
	}
	x, problem, meant := parse(v.node)
	if problem == "" {
		*into = x
		return
	}
	r.invalid(v, "%s", problem)
	if _, again, _ := parse(&yaml.Node{Kind: yaml.ScalarNode, Tag: tags[0], Value: meant}); again == "" && len(meant) <= nearest.Longest {
		r.suggest(meant)
	}
}

// text reads a text that keeps the rule of this name; "" is no rule.
func (r *reader) text(v value, into *string, name string) {
	expected := "a text"
	if name == "route" {
		expected = `a route such as "POST /quote"`
	}
	scalar(r, v, into, expected, func(n *yaml.Node) (x, problem, meant string) {
		if name != "" {
			problem, meant = r.rules()[name](n.Value)
		}
		return n.Value, problem, meant
	}, textTag)
}

func parseBool(n *yaml.Node) (x bool, problem, meant string) {
	if n.ShortTag() == boolTag {
		return strings.EqualFold(n.Value, "true"), "", ""
	}
	switch strings.ToLower(n.Value) { // the words of older versions of YAML
	case "yes", "on", "y":
		meant = "true"
	case "no", "off", "n":
		meant = "false"
	}
	return false, "expected true or false, found " + describe(n), meant
}

// number reads a number from the least to the most of its tag.
func number[T int | float64](r *reader, v value, into *T, kind string, least float64, tag reflect.StructTag, tags ...string) {
	most, _ := strconv.ParseFloat(tag.Get("most"), 64)
	what := fmt.Sprintf("%s from %v to %s", kind, least, tag.Get("most"))
	scalar(r, v, into, what, func(n *yaml.Node) (x T, problem, meant string) {
		// Only plain decimals: 0x10, 0o10 and 1_000 are numbers to YAML, too.
		f, err := strconv.ParseFloat(n.Value, 64)
		if err == nil && f >= least && f <= most {
			return T(f), "", ""
		}
		return 0, n.Value + " is not " + what, ""
	}, tags...)
}

func parseSize(n *yaml.Node) (x int64, problem, meant string) {
	x, err := bytesize.Parse(n.Value)
	switch {
	case err != nil:
		return 0, quote(n.Value) + " is not a size in bytes, KB, KiB, MB, MiB, GB or GiB", bytesize.Meant(n.Value)
	case x == 0:
		return 0, "the size " + quote(n.Value) + " is not greater than zero", ""
	default:
		return x, "", ""
	}
}

func parseDuration(n *yaml.Node) (x time.Duration, problem, meant string) {
	x, err := time.ParseDuration(n.Value)
	switch {
	case err != nil && n.ShortTag() != textTag:
		return 0, "the duration " + quote(n.Value) + " has no unit", meantDuration(n.Value)
	case err != nil:
		return 0, quote(n.Value) + " is not a duration", meantDuration(n.Value)
	case x <= 0:
		return 0, "the duration " + quote(n.Value) + " is not greater than zero", ""
	default:
		return x, "", ""
	}
}

// meantDuration guesses the duration behind what people write instead of one.
func meantDuration(s string) string {
	s = strings.ToLower(strings.Join(strings.Fields(s), ""))
	number := s[:len(s)-len(strings.TrimLeft(s, "0123456789."))]
	switch unit := s[len(number):]; strings.TrimSuffix(unit, "s") {
	case "", "sec", "second":
		return number + "s"
	case "min", "minute":
		return number + "m"
	case "hr", "hour":
		return number + "h"
	case "msec", "milli", "millisecond":
		return number + "ms"
	default:
		return s
	}
}

// describe names what a node is, in the words of the file's author.
func describe(n *yaml.Node) string {
	switch n.ShortTag() {
	case "!!map":
		return "a mapping"
	case "!!seq":
		return "a list"
	case nullTag:
		return "nothing"
	case boolTag:
		return n.Value
	case intTag, floatTag:
		return "the number " + n.Value
	case textTag:
		return "the text " + quote(n.Value)
	default:
		return quote(n.Value)
	}
}

// quote shows a text of the file on one line, and not all of a long one.
func quote(s string) string {
	const longest = 60
	if runes := []rune(s); len(runes) > longest {
		s = string(runes[:longest]) + "…"
	}
	return strconv.Quote(s)
}
