package quote

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/agext/levenshtein"

	"github.com/homing-dev/homing/functions"
)

// maxProblems bounds the list of problems, so that a small order full of faults
// does not make a huge reply. An order of [MaxLines] lines that are invalid in
// every known field is below it.
const maxProblems = 2500

// maxShown is how many characters of an invalid value are repeated to the caller,
// and the longest word that gets a suggestion, since its cost is quadratic.
const maxShown = 40

// problems collects what is wrong with an order.
type problems []functions.FieldError

// place is a field of an order: of a line if line is not noLine. It becomes
// text only when there is a problem.
type place struct {
	line  int
	field string
}

const noLine = -1

// pointer is the place as a JSON Pointer in its URI fragment form, RFC 6901
// section 6; field "" means the order, or the line, as a whole.
func (p place) pointer() string {
	out := "#"
	if p.line != noLine {
		out += "/lines/" + strconv.Itoa(p.line)
	}
	if p.field == "" {
		return out
	}
	return out + "/" + url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(p.field))
}

// add notes a problem.
func (p *problems) add(at place, format string, args ...any) {
	switch n := len(*p); {
	case n < maxProblems:
		*p = append(*p, functions.FieldError{Pointer: at.pointer(), Detail: fmt.Sprintf(format, args...)})
	case n == maxProblems:
		*p = append(*p, functions.FieldError{Pointer: "#", Detail: "there are more problems than are listed here"})
	}
}

// full reports whether another problem would not be listed.
func (p *problems) full() bool { return len(*p) > maxProblems }

// err returns the 422 error that lists the problems, or nil if there are none.
func (p *problems) err() error {
	if len(*p) == 0 {
		return nil
	}
	return functions.Invalid(*p...)
}

// shown is an invalid value as it is repeated to the caller: quoted, and cut if
// it is long.
func shown(value string) string {
	if utf8.RuneCountInString(value) > maxShown {
		value = string([]rune(value)[:maxShown]) + "…"
	}
	return strconv.Quote(value)
}

// suggestion is a question to append to a detail if one of the known words is
// like the unknown one, without regard of case; else it is empty. Of equally
// near words the first one is named.
func suggestion(unknown string, known []string) string {
	if len(unknown) > maxShown {
		return ""
	}
	const perEdit = 3 // one edit is forgiven for so many characters
	word := strings.ToUpper(unknown)
	best, least := "", len(unknown)/perEdit+1
	for _, k := range known {
		if d := levenshtein.Distance(word, strings.ToUpper(k), nil); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}
