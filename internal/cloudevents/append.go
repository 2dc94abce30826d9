package cloudevents

import (
	"encoding/base64"
	"strconv"
	"unicode/utf8"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/internal/jsonscan"
)

// AppendStructured appends an event in the JSON format (structured mode) to
// dst. The members are in a fixed order: specversion, id, source, type, the
// optional attributes, the extensions by name, data.
//
// Data of a JSON media type, or of none, is embedded as it is if it is valid
// JSON, but for white space around it. Text and XML in UTF-8 become a string.
// All else, and what would not be valid so, becomes data_base64. Empty data is
// left out.
//
// An event that could not be read back is refused by an [*Error], and then dst
// is returned as it was.
func AppendStructured(dst []byte, ev event.Event) ([]byte, error) {
	return appendEvent(dst, ev, false)
}

// AppendExact is like [AppendStructured] and keeps data and datacontenttype to
// the byte: JSON with white space around it, and JSON without a
// datacontenttype, become data_base64. It is for carriers, which must not
// change a reply.
func AppendExact(dst []byte, ev event.Event) ([]byte, error) {
	return appendEvent(dst, ev, true)
}

// AppendBatch appends events in the JSON batch format to dst, each as
// [AppendStructured] does. No events make an empty batch.
func AppendBatch(dst []byte, events []event.Event) ([]byte, error) {
	out := dst
	out = append(out, '[')
	for i, ev := range events {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = AppendStructured(out, ev); err != nil {
			return dst, err
		}
	}
	return append(out, ']'), nil
}

func appendEvent(dst []byte, ev event.Event, exact bool) ([]byte, error) {
	out, err := newOutgoing(ev)
	if err != nil {
		return dst, err
	}
	names, err := out.extensions()
	if err != nil {
		return dst, err
	}
	b := dst
	b = append(b, `{"specversion":"`+specVersion+`"`...)
	b = appendMember(b, attrID, out.ID)
	b = appendMember(b, attrSource, out.source)
	b = appendMember(b, attrType, out.Type)
	b = appendMember(b, attrDataContentType, out.contentType)
	b = appendMember(b, attrDataSchema, out.schema)
	b = appendMember(b, attrSubject, out.subject)
	b = appendMember(b, attrTime, out.time)
	for _, name := range names {
		if b, err = appendExtension(b, name, out.Extensions[name]); err != nil {
			return dst, attributeError(name, err)
		}
	}
	b = appendData(b, out.contentType, ev.DataEncoded, exact)
	return append(b, '}'), nil
}

// appendMember appends a member with a string, unless that is "".
func appendMember(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return appendString(appendName(b, name), value)
}

// appendName appends the name of a member that is not the first; no name has
// a character to escape.
func appendName(b []byte, name string) []byte {
	b = append(b, `,"`...)
	b = append(b, name...)
	return append(b, `":`...)
}

func appendExtension(b []byte, name string, value any) ([]byte, error) {
	value, err := canonical(value)
	if err != nil {
		return nil, err
	}
	b = appendName(b, name)
	switch v := value.(type) {
	case bool:
		return strconv.AppendBool(b, v), nil
	case int32:
		return strconv.AppendInt(b, int64(v), 10), nil
	case string:
		return appendString(b, v), nil
	default:
		return nil, faultExtension
	}
}

func appendData(b []byte, contentType string, data []byte, exact bool) []byte {
	if len(data) == 0 {
		return b
	}
	if isJSON(contentType) {
		value, ok := jsonscan.Only(data, DefaultDepth-envelope)
		if ok && (!exact || len(value) == len(data) && contentType != "") {
			return append(appendName(b, memberData), value...)
		}
	} else if isText(contentType) && utf8.Valid(data) {
		return appendString(appendName(b, memberData), data)
	}
	b = append(appendName(b, memberDataBase64), '"')
	b = base64.StdEncoding.AppendEncode(b, data)
	return append(b, '"')
}

// envelope is how deep data is nested in a batch of events.
const envelope = 2

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
