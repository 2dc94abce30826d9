package quote

import (
	"bytes"
	"encoding/json"
	"iter"
	"unicode/utf8"
)

// The kinds of a JSON value, each told by its first byte.
const (
	kindString = '"'
	kindObject = '{'
	kindArray  = '['
	kindNull   = 'n'
)

// kind gives the first byte of a JSON value, 0 for none.
func kind(raw json.RawMessage) byte {
	if len(raw) == 0 {
		return 0
	}
	return raw[0]
}

// kindName names the kind of a JSON value for people.
func kindName(raw json.RawMessage) string {
	switch kind(raw) {
	case 0:
		return "missing"
	case kindString:
		return "a string"
	case kindObject:
		return "an object"
	case kindArray:
		return "an array"
	case kindNull:
		return "null"
	case 't', 'f':
		return "a boolean"
	default:
		return "a number"
	}
}

// members walks over the members of a JSON object: the unquoted key and the
// value as it stands there. Unlike a decode into a struct it tells keys apart
// by case, leaves no unknown key out and stops at no wrong type; unlike a map
// it keeps the order and copies nothing. The object must be valid JSON, which
// [functions.Typed] has made sure of; of anything else it makes nonsense, but
// never panics.
func members(object json.RawMessage) iter.Seq2[[]byte, json.RawMessage] {
	return func(yield func([]byte, json.RawMessage) bool) {
		c := cursor{data: object, pos: 1}
		for c.next() == kindString {
			key := c.value()
			c.next()
			c.pos++ // the colon
			if !yield(unquoted(key), c.value()) || c.next() != ',' {
				return
			}
			c.pos++
		}
	}
}

// elements walks over the elements of a JSON array, as [members] does.
func elements(array json.RawMessage) iter.Seq2[int, json.RawMessage] {
	return func(yield func(int, json.RawMessage) bool) {
		c := cursor{data: array, pos: 1}
		for i := 0; c.next() != ']' && c.next() != 0; i++ {
			if !yield(i, c.value()) || c.next() != ',' {
				return
			}
			c.pos++
		}
	}
}

// unquoted gives the text of a JSON string, without a copy in the usual case.
func unquoted(raw json.RawMessage) []byte {
	if len(raw) < len(`""`) {
		return nil
	}
	inner := raw[1 : len(raw)-1]
	if plain(inner) {
		return inner
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return inner // not reached with valid JSON
	}
	return []byte(s)
}

// plain says whether the inside of a JSON string is its text: ASCII without an
// escape.
func plain(inner []byte) bool {
	for _, b := range inner {
		if b == '\\' || b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// cursor is a place in a JSON text.
type cursor struct {
	data []byte
	pos  int
}

// next skips white space and gives the byte that follows; 0 at the end.
func (c *cursor) next() byte {
	for ; c.pos < len(c.data); c.pos++ {
		switch b := c.data[c.pos]; b {
		case ' ', '\t', '\n', '\r':
		default:
			return b
		}
	}
	return 0
}

// value steps over one value and gives its text.
func (c *cursor) value() json.RawMessage {
	first := c.next()
	start := min(c.pos, len(c.data))
	switch first {
	case kindString:
		c.skipString()
	case kindObject, kindArray:
		c.skipNested()
	default:
		rest := c.data[start:]
		if n := bytes.IndexAny(rest, ",]} \t\r\n"); n >= 0 {
			rest = rest[:n]
		}
		c.pos = start + len(rest)
	}
	c.pos = min(c.pos, len(c.data))
	return c.data[start:c.pos]
}

func (c *cursor) skipString() {
	for c.pos++; c.pos < len(c.data) && c.data[c.pos] != '"'; c.pos++ {
		if c.data[c.pos] == '\\' {
			c.pos++
		}
	}
	c.pos++
}

// skipNested counts brackets instead of calling itself, so that deep nesting
// costs no stack.
func (c *cursor) skipNested() {
	for depth := 0; c.pos < len(c.data); {
		switch c.data[c.pos] {
		case '"':
			c.skipString()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		c.pos++
		if depth == 0 {
			return
		}
	}
}
