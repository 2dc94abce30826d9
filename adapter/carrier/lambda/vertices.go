package lambda

import (
	"fmt"
	"strings"

	"github.com/homing-dev/homing/adapter/carrier"
)

// Vertices are which function runs which step. The zero value knows none.
type Vertices struct {
	entries []entry
}

// entry is pattern=function: the pattern is "*", "chain.*" or "chain.step".
type entry struct {
	pattern, function string
}

// ParseVertices reads "pattern=function,pattern=function". A pattern is "*",
// "chain.*" or "chain.step"; a function is a name or an ARN.
func ParseVertices(s string) (Vertices, error) {
	var v Vertices
	for i, text := range strings.Split(s, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		pattern, function, _ := strings.Cut(text, "=")
		pattern, function = strings.TrimSpace(pattern), strings.TrimSpace(function)
		if !carrier.IsPattern(pattern) || !isFunction(function) {
			return Vertices{}, fmt.Errorf(
				"entry %d, %q, is not pattern=function with a pattern such as *, chain.* or chain.step and the name or ARN of a function", i+1, text)
		}
		v.entries = append(v.entries, entry{pattern, function})
	}
	return v, nil
}

// Find returns the function that runs a step: that of the first entry whose
// pattern matches it.
func (v Vertices) Find(chain, step string) (function string, ok bool) {
	for _, e := range v.entries {
		if carrier.Matches(e.pattern, chain, step) {
			return e.function, true
		}
	}
	return "", false
}

// Any reports whether there are entries.
func (v Vertices) Any() bool { return len(v.entries) > 0 }

// isFunction reports whether s has the characters of a name or an ARN of a
// function, with or without a version or alias.
func isFunction(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_:$", r)
	})
}
