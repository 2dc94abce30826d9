package cloudevents

import (
	"unicode/utf16"
	"unicode/utf8"
)

// unicodeDigits is how many digits follow \u.
const unicodeDigits = 4

// rawString reads a string and gives what is between its quotes; escaped tells
// whether a backslash is in it. All escapes are well formed.
func (s *scanner) rawString() (raw []byte, escaped bool, err error) {
	if err := s.take('"'); err != nil {
		return nil, false, err
	}
	start := s.pos
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == '"':
			raw = s.text[start:s.pos]
			s.pos++
			return raw, escaped, nil
		case c == '\\':
			escaped = true
			if err := s.escape(); err != nil {
				return nil, false, err
			}
		case c < ' ':
			return nil, false, faultSyntax
		default:
			s.pos++
		}
	}
	return nil, false, faultEnd
}

func (s *scanner) escape() error {
	s.pos++ // the backslash
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.pos++
		return nil
	case 'u':
		s.pos++
		for range unicodeDigits {
			if hexValue(s.peek()) < 0 {
				return s.wrong()
			}
			s.pos++
		}
		return nil
	default:
		return s.wrong()
	}
}

// stringValue reads a string and gives its value, which shares the memory of the
// text if there was nothing to unescape.
func (s *scanner) stringValue() ([]byte, error) {
	raw, escaped, err := s.rawString()
	if err != nil || !escaped {
		return raw, err
	}
	return unescape(raw)
}

// unescape gives the value of a string with well-formed escapes. Half of a
// surrogate pair is refused, as no UTF-8 can stand for it.
func unescape(raw []byte) ([]byte, error) {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			continue
		}
		i++
		if raw[i] != 'u' {
			out = append(out, unescapeByte(raw[i]))
			continue
		}
		r := unicodeEscape(raw[i+1:])
		i += unicodeDigits
		if utf16.IsSurrogate(r) {
			low := utf8.RuneError
			if next := raw[i+1:]; len(next) > unicodeDigits+1 && next[0] == '\\' && next[1] == 'u' {
				low = unicodeEscape(next[2:])
			}
			if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
				return nil, faultSurrogate
			}
			i += len(`\u`) + unicodeDigits
		}
		out = utf8.AppendRune(out, r)
	}
	return out, nil
}

func unescapeByte(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	default: // a quote, a backslash or a slash
		return c
	}
}

func unicodeEscape(digits []byte) rune {
	r := 0
	for _, c := range digits[:unicodeDigits] {
		r = r<<nibble | hexValue(c)
	}
	return rune(r)
}

// appendString writes s, which is valid UTF-8, as a JSON string. Only what
// RFC 8259 section 7 demands is escaped.
func appendString[S string | []byte](dst []byte, s S) []byte {
	dst = append(dst, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, `\u00`...)
			dst = append(dst, upperHex[c>>nibble], upperHex[c&lowNibble])
		}
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
