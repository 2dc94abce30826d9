package chainfile

import (
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// text reads a text that keeps all the rules; the first broken one is reported.
func (r *reader) text(into *string, rules ...rule) func(value) {
	return func(v value) {
		if !r.is(v, yaml.ScalarNode, "a text", textTag) {
			return
		}
		for _, broken := range rules {
			problem, meant := broken(v.node.Value)
			if problem == "" {
				continue
			}
			if again, _ := broken(meant); again != "" {
				meant = "" // a guess that breaks the same rule helps nobody
			}
			r.wrongMeant(v, meant, "%s %s", quote(v.node.Value), problem)
			return
		}
		*into = v.node.Value
	}
}

// texts reads a list of texts that differ from one another.
func (r *reader) texts(into *[]string, what string, rules ...rule) func(value) {
	return func(v value) {
		lines := map[string]int{}
		r.list(v, what, func(item value) {
			before := len(r.errs)
			var one string
			r.text(&one, rules...)(item)
			if len(r.errs) > before {
				return
			}
			if earlier, twice := lines[one]; twice {
				r.wrong(item, "%s is listed already, at line %d", quote(one), earlier)
				return
			}
			lines[one] = item.node.Line
			*into = append(*into, one)
		})
	}
}

// flag reads true or false.
func (r *reader) flag(into *bool) func(value) {
	return func(v value) {
		if v.node.Kind == yaml.ScalarNode && v.node.ShortTag() == textTag {
			if meant := truth(v.node.Value); meant != "" {
				r.wrongMeant(v, meant, "expected true or false, found %s", describe(v.node))
				return
			}
		}
		if r.is(v, yaml.ScalarNode, "true or false", boolTag) {
			// YAML's core schema knows three spellings, all with this letter.
			*into = v.node.Value[0] == 't' || v.node.Value[0] == 'T'
		}
	}
}

// truth translates the words of older versions of YAML.
func truth(s string) string {
	switch strings.ToLower(s) {
	case "yes", "on", "y":
		return "true"
	case "no", "off", "n":
		return "false"
	default:
		return ""
	}
}

// count reads a whole number from 1 to most.
func (r *reader) count(into *int, most int) func(value) {
	return func(v value) {
		if !r.is(v, yaml.ScalarNode, "a whole number", intTag) {
			return
		}
		// Only plain decimals: 0x10, 0o10 and 1_000 are numbers to YAML.
		n, err := strconv.Atoi(v.node.Value)
		if err != nil || n < 1 || n > most {
			r.wrong(v, "%s is not a whole number from 1 to %d", v.node.Value, most)
			return
		}
		*into = n
	}
}

// part reads a number from 0 to 1.
func (r *reader) part(into *float64) func(value) {
	return func(v value) {
		if !r.is(v, yaml.ScalarNode, "a number from 0 to 1", intTag, floatTag) {
			return
		}
		x, err := strconv.ParseFloat(v.node.Value, 64)
		if err != nil || math.IsNaN(x) || x < 0 || x > 1 {
			r.wrong(v, "%s is not a number from 0 to 1", v.node.Value)
			return
		}
		*into = x
	}
}
