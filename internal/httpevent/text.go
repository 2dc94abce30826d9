package httpevent

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// isTextual tells whether a media type is text, so that a body of it may be
// handed on as a string. Parameters, case and space do not matter.
func isTextual(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	if strings.HasPrefix(mediaType, "text/") || strings.HasSuffix(mediaType, "+json") || strings.HasSuffix(mediaType, "+xml") {
		return true
	}
	switch mediaType {
	case "application/json", "application/xml", "application/javascript", "application/ecmascript", "application/yaml",
		"application/x-ndjson", "application/jsonl", "application/json-seq", "application/graphql", "application/toml",
		"application/x-www-form-urlencoded":
		return true
	default:
		return false
	}
}

// escapedLen is the length of valid UTF-8 as a JSON string without its quotes.
func escapedLen(s []byte) int {
	n := len(s)
	for _, c := range s {
		switch {
		case c >= ' ' && c != '"' && c != '\\':
		case c == '"', c == '\\', c == '\b', c == '\f', c == '\n', c == '\r', c == '\t':
			n++
		default:
			n += len(`\u0000`) - 1
		}
	}
	return n
}

// appendString writes s as a JSON string; bytes that are not UTF-8 become
// U+FFFD.
func appendString[S string | []byte](dst []byte, s S) []byte {
	out, _ := jsontext.AppendQuote(dst, s) // the error is about those bytes
	return out
}
