// Package accept reads the header Accept of a request (RFC 9110 section 12.5.1).
//
// The libraries at hand did not fit: github.com/elnormous/contenttype reads the
// first line of the header only and refuses all of it for one fault,
// github.com/munnerz/goautoneg takes q=0 for a weight like others, and none tells
// a type that was named from one that a wildcard lets in.
package accept

import (
	"strconv"
	"strings"
)

// Range is one media range of the header.
type Range struct {
	// Type is the range without its parameters, in lower case: text/html,
	// text/* or */*.
	Type string
	// Q is its weight: 0 is not acceptable, 1 is most wanted, and what is there
	// without one. A weight that is none counts as 0.
	Q float64
	// params is true if it has parameters beside its weight.
	params bool
}

// Ranges are those of a whole header.
type Ranges []Range

// Parse reads the lines of a header. A range that is malformed is left out.
func Parse(lines []string) Ranges {
	var out Ranges
	for _, line := range lines {
		for line != "" {
			var item string
			item, line = cut(line, ',')
			if r, ok := parseRange(item); ok {
				out = append(out, r)
			}
		}
	}
	return out
}

// Quality returns how much a media type is wanted, by the most specific range
// that matches it: 0 if it is not acceptable. Without any range everything is.
// A parameter of a range is not compared, but a range without one is nearer.
func (rs Ranges) Quality(mediaType string) float64 {
	mediaType = strings.ToLower(mediaType)
	mainType, _, _ := strings.Cut(mediaType, "/")
	if len(rs) == 0 {
		return 1
	}
	nearest, q := 0, 0.0
	for _, r := range rs {
		nearness := r.nearness(mediaType, mainType)
		switch {
		case nearness > nearest:
			nearest, q = nearness, r.Q
		case nearness == nearest && nearness > 0:
			q = max(q, r.Q)
		}
	}
	return q
}

// nearness returns how closely the range describes a type, 0 if it does not.
func (r Range) nearness(mediaType, mainType string) int {
	const anything, anyOfType, withParams, exact = 1, 2, 3, 4
	switch {
	case r.Type == mediaType && r.params:
		return withParams
	case r.Type == mediaType:
		return exact
	case r.Type == mainType+"/*":
		return anyOfType
	case r.Type == "*/*":
		return anything
	default:
		return 0
	}
}

// Prefers reports whether a media type is named, and nothing but it is wanted
// more. other is what is sent else: a media type, or "" for what is not known yet
// and may be of any type that another range stands for.
func (rs Ranges) Prefers(mediaType, other string) bool {
	named, rest := false, 0.0
	for _, r := range rs {
		if r.Type == strings.ToLower(mediaType) {
			named = true
		} else {
			rest = max(rest, r.Q)
		}
	}
	if other != "" {
		rest = rs.Quality(other)
	}
	q := rs.Quality(mediaType)
	return named && q > 0 && q >= rest
}

// parseRange reads one element of the list, such as text/*;q=0.5.
func parseRange(item string) (r Range, ok bool) {
	item, params := cut(item, ';')
	r = Range{Type: strings.ToLower(strings.Trim(item, " \t")), Q: 1}
	mainType, subtype, _ := strings.Cut(r.Type, "/")
	if !isToken(mainType) || !isToken(subtype) || mainType == "*" && subtype != "*" {
		return r, false
	}
	for params != "" {
		var param string
		param, params = cut(params, ';')
		name, value, _ := strings.Cut(strings.Trim(param, " \t"), "=")
		if strings.EqualFold(name, "q") {
			r.Q = weight(value)
			return r, true // what follows belongs to no media type
		}
		r.params = r.params || name != ""
	}
	return r, true
}

// weight reads a weight (RFC 9110 section 12.4.2).
func weight(text string) float64 {
	const bits = 64
	q, err := strconv.ParseFloat(text, bits)
	if err != nil || strings.Trim(text, "0123456789.") != "" || q > 1 {
		return 0
	}
	return q
}

// cut cuts a list around the first separator that is not in a quoted string.
func cut(list string, separator byte) (item, remaining string) {
	quoted := false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++ // the next character stands for itself
		case c == separator && !quoted:
			return list[:i], list[i+1:]
		}
	}
	return list, ""
}

// isToken reports whether s is a token (RFC 9110 section 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}
