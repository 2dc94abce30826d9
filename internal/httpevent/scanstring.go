package httpevent

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// hexDigits is how many digits follow \u.
	hexDigits = 4
	// hexBits is how many bits a digit stands for.
	hexBits = 4
)

// rawString reads a string and gives what is between its quotes. escaped tells
// whether there is a backslash in it; what follows one is not checked yet.
func (s *scanner) rawString() (raw []byte, escaped bool, err error) {
	start := s.pos + 1
	for i := start; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			s.pos = i + 1
			return s.text[start:i], escaped, nil
		case c == '\\':
			s.pos = i
			if err := s.escape(); err != nil {
				return nil, false, err
			}
			escaped = true
			i = s.pos - 1
		case c < ' ':
			s.pos = i
			return nil, false, s.wrong()
		}
	}
	s.pos = len(s.text)
	return nil, false, s.wrong()
}

// escape reads a backslash and what belongs to it.
func (s *scanner) escape() error {
	s.pos++
	switch s.at() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.pos++
		return nil
	case 'u':
		s.pos++
		for range hexDigits {
			if hexValue(s.at()) < 0 {
				return s.wrong()
			}
			s.pos++
		}
		return nil
	default:
		return s.wrong()
	}
}

// str reads a string and gives its value; nil stands for null. The value shares
// the memory of the text if there was nothing to unescape.
func (s *scanner) str() ([]byte, error) {
	switch s.peek() {
	case '"':
	case 'n':
		return nil, s.word("null")
	default:
		return nil, s.not("a string")
	}
	raw, escaped, err := s.rawString()
	if err != nil || !escaped {
		return raw, err
	}
	return unescape(raw), nil
}

// textValue reads a string and gives a copy of its value; "" stands for null.
func (s *scanner) textValue() (string, error) {
	value, err := s.str()
	return string(value), err
}

// unescape gives the value of a string whose escapes are well formed. Half of a
// surrogate pair becomes U+FFFD, as in encoding/json.
func unescape(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			return append(out, raw...)
		}
		out = append(out, raw[:i]...)
		c := raw[i+1]
		raw = raw[i+2:]
		switch c {
		case 'u':
			r := hexRune(raw)
			raw = raw[hexDigits:]
			if utf16.IsSurrogate(r) {
				r, raw = secondHalf(r, raw)
			}
			out = utf8.AppendRune(out, r)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		default: // a quote, a backslash or a slash
			out = append(out, c)
		}
	}
}

// secondHalf completes a surrogate pair, if the rest begins with its other half.
func secondHalf(first rune, rest []byte) (rune, []byte) {
	if len(rest) < hexDigits+2 || rest[0] != '\\' || rest[1] != 'u' {
		return utf8.RuneError, rest
	}
	r := utf16.DecodeRune(first, hexRune(rest[2:]))
	if r == utf8.RuneError {
		return r, rest
	}
	return r, rest[hexDigits+2:]
}

// hexRune reads the four digits after \u.
func hexRune(digits []byte) rune {
	r := 0
	for _, c := range digits[:hexDigits] {
		r = r<<hexBits | hexValue(c)
	}
	return rune(r)
}

// hexValue is what a hexadecimal digit stands for, or -1.
func hexValue(c byte) int {
	const ten = 10
	switch {
	case isDigit(c):
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + ten
	case c >= 'A' && c <= 'F':
		return int(c-'A') + ten
	default:
		return -1
	}
}
