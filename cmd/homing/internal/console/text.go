package console

import (
	"strings"
	"unicode"
)

// Steers reports whether a character may make a terminal do something other than
// show it or begin a line.
func Steers(r rune) bool {
	return r != '\n' && r != '\r' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
}

// Printable returns a text that comes from elsewhere without what a terminal would
// obey. Its lines and tabs stay.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\r' || Steers(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}
