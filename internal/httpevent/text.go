package httpevent

import (
	"strings"
	"unicode/utf8"
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
		case c == '"', c == '\\', c == '\n', c == '\r', c == '\t':
			n++
		default:
			n += len(`\u0000`) - 1
		}
	}
	return n
}

// appendString writes s as a JSON string. What RFC 8259 section 7 demands is
// escaped and no more; bytes that are not UTF-8 become U+FFFD.
func appendString[S string | []byte](dst []byte, s S) []byte {
	const lowerHex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			if n := runeLen(s, i); n > 0 {
				i += n
				continue
			}
			dst = append(append(dst, s[start:i]...), "\uFFFD"...)
			i++
			start = i
			continue
		}
		i++
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i-1]...)
		start = i
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', lowerHex[c>>hexBits], lowerHex[c&0xf])
		}
	}
	return append(append(dst, s[start:]...), '"')
}

// runeLen is the length of the rune at i, or 0 if there is none.
func runeLen[S string | []byte](s S, i int) int {
	end := min(i+utf8.UTFMax, len(s))
	r, n := utf8.DecodeRuneInString(string(s[i:end]))
	if r == utf8.RuneError && n == 1 {
		return 0
	}
	return n
}
