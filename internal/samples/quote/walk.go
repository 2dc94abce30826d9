package quote

import (
	"bytes"
	"iter"

	"github.com/go-json-experiment/json/jsontext"
)

// members walks over the members of a JSON object. Unlike a decode into a
// struct it heeds the case of names, leaves no unknown name out and stops at no
// type; unlike a map it keeps the order and copies no value. It ends where the
// JSON does.
func members(object jsontext.Value) iter.Seq2[string, jsontext.Value] {
	return func(yield func(string, jsontext.Value) bool) {
		for d := begin(object); d.PeekKind() == jsontext.KindString; {
			name, _ := next(d, object)
			value, ok := next(d, object)
			if !ok || !yield(unquoted(name), value) {
				return
			}
		}
	}
}

// elements walks over the elements of a JSON array, as [members] does.
func elements(array jsontext.Value) iter.Seq[jsontext.Value] {
	return func(yield func(jsontext.Value) bool) {
		for d := begin(array); d.PeekKind() != jsontext.KindEndArray; {
			value, ok := next(d, array)
			if !ok || !yield(value) {
				return
			}
		}
	}
}

// begin returns a decoder behind the first bracket. It takes what encoding/json
// has taken before.
func begin(list jsontext.Value) *jsontext.Decoder {
	d := jsontext.NewDecoder(bytes.NewBuffer(list), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	_, _ = d.ReadToken()
	return d
}

// next reads a name or a value; after an error it fails, too. What the decoder
// returns is only valid until it is used again, so it is cut out of the list.
func next(d *jsontext.Decoder, list jsontext.Value) (value jsontext.Value, ok bool) {
	value, err := d.ReadValue()
	end := int(d.InputOffset())
	return list[end-len(value) : end], err == nil
}

// unquoted returns what a JSON string stands for.
func unquoted(quoted jsontext.Value) string {
	text, _ := jsontext.AppendUnquote(nil, quoted) // the error is about half characters, which become U+FFFD
	return string(text)
}

// kindName names the kind of a JSON value for people.
func kindName(value jsontext.Value) string {
	return map[jsontext.Kind]string{
		jsontext.KindNull:        "null",
		jsontext.KindFalse:       "a boolean",
		jsontext.KindTrue:        "a boolean",
		jsontext.KindString:      "a string",
		jsontext.KindNumber:      "a number",
		jsontext.KindBeginObject: "an object",
		jsontext.KindBeginArray:  "an array",
	}[value.Kind()]
}
