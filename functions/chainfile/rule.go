package chainfile

import (
	"mime"
	"slices"
	"strings"
	"unicode"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/nearest"
)

// rule says what is wrong with a text, to be read after the text itself, and
// what was probably meant; "" and "" if nothing is wrong.
type rule func(s string) (problem, meant string)

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// dashedName is the form of a chain's name, which becomes part of a type, of
// labels of metrics and of names that a platform gives.
func dashedName(s string) (problem, meant string) {
	const allowed = letters + "0123456789-"
	if s != "" && strings.Trim(s, allowed) == "" {
		return "", ""
	}
	meant = strings.Trim(strings.Map(func(c rune) rune {
		if strings.ContainsRune(allowed, c) {
			return c
		}
		return '-'
	}, s), "-")
	return "is not a name of letters, digits and dashes", shortGuess(meant)
}

// stepName also takes the dots and underscores that names of functions have.
func stepName(s string) (problem, meant string) {
	if s == "" || strings.Trim(s, letters+"0123456789-_.") != "" {
		return "is not a name of letters, digits, dashes, underscores and dots", ""
	}
	return "", ""
}

// word is for names that come from elsewhere: tenants, types, parameters.
func word(s string) (problem, meant string) {
	if s == "" || strings.ContainsFunc(s, func(c rune) bool { return unicode.IsSpace(c) || !unicode.IsPrint(c) }) {
		return "is not a word: it must not be empty or hold spaces", shortGuess(strings.Join(strings.Fields(s), "-"))
	}
	return "", ""
}

// headerName is a token of RFC 9110 section 5.6.2 whose attribute on the event
// is free.
func headerName(s string) (problem, meant string) {
	if s == "" || strings.Trim(s, letters+"0123456789!#$%&'*+-.^_`|~") != "" {
		return "is not the name of a header", shortGuess(strings.Join(strings.Fields(strings.Trim(s, " :")), "-"))
	}
	switch attr := functions.HeaderAttr(s); attr {
	case functions.AttrHTTPMethod, functions.AttrHTTPPath, functions.AttrHTTPQuery, functions.AttrHTTPStatus:
		return "cannot be carried: the event's attribute " + attr + " has another meaning", ""
	case functions.HeaderAttr(""):
		return "cannot be carried: an attribute is named by letters and digits", ""
	default:
		return "", ""
	}
}

// mediaType is a media type or range of RFC 9110 section 8.3.1.
func mediaType(s string) (problem, meant string) {
	name, _, err := mime.ParseMediaType(s)
	major, minor, slash := strings.Cut(name, "/")
	switch {
	case err == nil && slash && major != "" && minor != "":
		return "", ""
	case err == nil && !slash:
		return "is not a media type", nearest.Word(s, []string{
			"application/json", "application/xml", "application/pdf", "application/octet-stream",
			"image/jpeg", "image/png", "text/csv", "text/html", "text/plain",
		})
	default:
		return "is not a media type", ""
	}
}

// paramType is a type of JSON Schema that fits into a query.
func paramType(s string) (problem, meant string) {
	types := []string{"string", "integer", "number", "boolean"}
	if slices.Contains(types, s) {
		return "", ""
	}
	return "is not one of " + strings.Join(types, ", "), nearest.Word(s, types)
}

// shortGuess drops a guess that is longer than anybody would read.
func shortGuess(s string) string {
	if len(s) > nearest.Longest {
		return ""
	}
	return s
}
