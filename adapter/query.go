package adapter

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/homing-dev/homing/functions"
)

// maxParameters is how many parameters of a query net/url reads.
const maxParameters = 10_000

// checkQuery refuses a query of which a function would not see all, and names
// the place. A query is read as net/url does: a semicolon separates nothing
// (WHATWG URL section 5.1), and must be encoded. What is encoded must be UTF-8,
// as in paths.
func checkQuery(query string) error {
	if n := strings.Count(query, "&"); n >= maxParameters {
		return functions.Errorf(http.StatusBadRequest, "the query has %d parameters; %d are taken", n+1, maxParameters)
	}
	offset := 0
	for pair := range strings.SplitSeq(query, "&") {
		if reason := pairFault(pair); reason != "" {
			return functions.Errorf(http.StatusBadRequest, "the query cannot be parsed: %.100q at byte %d %s", pair, offset, reason)
		}
		offset += len(pair) + len("&")
	}
	return nil
}

// pairFault returns what is invalid about one parameter of a query.
func pairFault(pair string) string {
	if strings.IndexByte(pair, ';') >= 0 {
		return "holds a semicolon; parameters are separated by &, and a semicolon in one is written %3B"
	}
	for part := range strings.SplitSeq(pair, "=") { // what is cut in two at a = is no character
		decoded, err := url.QueryUnescape(part)
		switch {
		case err != nil:
			return "has a % that two hexadecimal digits do not follow; a percent sign is written %25"
		case !utf8.ValidString(decoded):
			return "is not UTF-8 when it is decoded"
		}
	}
	return ""
}
