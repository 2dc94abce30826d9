package cloudevents

import (
	"net/url"
	"strings"
)

// decodeHeader reads the value of a ce- header (HTTP binding section
// 3.1.3.2): a quoted string is unquoted, then percent-encoding is undone once.
// The result is a valid String.
//
// A double quote after the first character, a space and raw UTF-8 are taken as
// they are: older senders write them so.
func decodeHeader(value string) (string, error) {
	if value != "" && value[0] == '"' {
		unquoted, err := unquoteHeader(value)
		if err != nil {
			return "", err
		}
		value = unquoted
	}
	if strings.IndexByte(value, '%') >= 0 {
		decoded, err := url.PathUnescape(value)
		if err != nil {
			return "", faultPercent
		}
		value = decoded
	}
	return value, checkText(value)
}

// unquoteHeader reads a quoted-string of RFC 7230 section 3.2.6 that is the
// whole value.
func unquoteHeader(quoted string) (string, error) {
	var b strings.Builder
	for i := 1; i < len(quoted); i++ {
		switch c := quoted[i]; c {
		case '"':
			if i != len(quoted)-1 {
				return "", faultQuoted
			}
			return b.String(), nil
		case '\\':
			i++
			if i == len(quoted) {
				return "", faultQuoted
			}
			b.WriteByte(quoted[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", faultQuoted
}

// Each byte that needs it becomes a percent sign and two digits.
const (
	escapeLength = 3
	nibble       = 4
	lowNibble    = 0x0f
	upperHex     = "0123456789ABCDEF"
)

// encodeHeader percent-encodes a value for a ce- header: space, double quote,
// percent and all that is not printable ASCII. The result is one line,
// whatever the value.
func encodeHeader(value string) string {
	escapes := 0
	for i := range len(value) {
		if needsEscape(value[i]) {
			escapes++
		}
	}
	if escapes == 0 {
		return value
	}
	b := make([]byte, 0, len(value)+escapes*(escapeLength-1))
	for i := range len(value) {
		if c := value[i]; needsEscape(c) {
			b = append(b, '%', upperHex[c>>nibble], upperHex[c&lowNibble])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

func needsEscape(c byte) bool {
	return c <= ' ' || c > lastASCIIPrintable || c == '"' || c == '%'
}
