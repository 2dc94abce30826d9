package cloudevents

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strconv"
	"unicode/utf8"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/internal/jsonscan"
)

// readStructured reads one event in the JSON format.
func readStructured(body []byte, limits Limits) (event.Event, error) {
	s, err := newScanner(body, limits)
	if err != nil {
		return event.Event{}, err
	}
	ev, err := readEvent(s, limits, noIndex)
	if err != nil {
		return event.Event{}, err
	}
	if err := s.End(); err != nil {
		return event.Event{}, memberError(noIndex, "", err)
	}
	return ev, nil
}

// readBatch reads the events of a JSON batch (JSON format section 4).
func readBatch(body []byte, limits Limits) ([]event.Event, error) {
	s, err := newScanner(body, limits)
	if err != nil {
		return nil, err
	}
	if s.Peek() != '[' {
		return nil, memberError(noIndex, "", faultArray)
	}
	events := []event.Event{}
	err = s.List('[', ']', func() error {
		if len(events) == limits.BatchEvents {
			return faultBatch
		}
		ev, err := readEvent(s, limits, len(events))
		if err == nil {
			events = append(events, ev)
		}
		return err
	})
	if err == nil {
		err = s.End()
	}
	if found := (*Error)(nil); err == nil || errors.As(err, &found) {
		return events, err
	}
	return nil, memberError(noIndex, "", err)
}

// byteOrderMark may begin a text in UTF-8, and a parser of JSON may skip it
// (RFC 8259 section 8.1).
const byteOrderMark = "\ufeff"

func newScanner(body []byte, limits Limits) (*jsonscan.Scanner, error) {
	body = bytes.TrimPrefix(body, []byte(byteOrderMark))
	if !utf8.Valid(body) {
		return nil, memberError(noIndex, "", faultUTF8)
	}
	s := jsonscan.New(body, limits.Depth)
	return &s, nil
}

// memberError is a fault of a member, or of the whole event if that is "".
func memberError(index int, member string, err error) *Error {
	e := &Error{Attribute: member, Pointer: pointer(index, member), Detail: err.Error()}
	if member == memberDataBase64 {
		e.Attribute = memberData
	}
	return e
}

// eventReader reads the members of one JSON object.
type eventReader struct {
	*jsonscan.Scanner
	draft

	member string // being read, for errors
	data   []byte // raw JSON value of data; nil if absent
	base64 []byte // text of data_base64; nil if absent
}

func readEvent(s *jsonscan.Scanner, limits Limits, index int) (event.Event, error) {
	if s.Peek() != '{' {
		return event.Event{}, memberError(index, "", faultObject)
	}
	r := eventReader{Scanner: s, draft: newDraft(limits)}
	if err := s.List('{', '}', r.readMember); err != nil {
		return event.Event{}, memberError(index, r.member, err)
	}
	if name := r.missing(); name != "" {
		return event.Event{}, memberError(index, name, faultRequired)
	}
	data, err := r.readData()
	if err != nil {
		return event.Event{}, memberError(index, r.member, err)
	}
	ev := r.event(data)
	ev.DataBase64 = r.base64 != nil && ev.DataEncoded != nil
	return ev, nil
}

func (r *eventReader) readMember() error {
	r.member = ""
	name, err := r.text()
	if err != nil {
		return err
	}
	if len(name) > r.limits.AttributeBytes {
		return faultTooLong
	}
	r.member = intern(name)
	if err := r.add(r.member); err != nil {
		return err
	}
	if err := r.Colon(); err != nil {
		return err
	}
	switch r.member {
	case memberData:
		r.data, err = r.Value()
	case memberDataBase64:
		switch r.Peek() {
		case 'n': // unset, like an attribute
			_, err = r.Value()
		case '"':
			r.base64, err = r.text()
		default:
			err = r.otherKind(faultKind)
		}
	default:
		err = r.readAttribute()
	}
	if err == nil {
		r.member = ""
	}
	return err
}

// readAttribute reads the value of an attribute by the type mapping of JSON
// format section 2.2. Null is unset.
func (r *eventReader) readAttribute() error {
	if err := checkName(r.member); err != nil {
		return err
	}
	switch c := r.Peek(); {
	case c == '"':
		return r.readText()
	case c == 'n':
		r.unsetAttribute(r.member)
	case isCore(r.member):
		return r.otherKind(faultKind)
	case c == 't', c == 'f':
		r.setExtension(r.member, c == 't')
	case c == '-' || isDigit(c):
		return r.readInteger()
	default:
		return r.otherKind(faultExtension)
	}
	_, err := r.Value()
	return err
}

// otherKind reads a value of another kind, or none at all.
func (r *eventReader) otherKind(otherwise faultError) error {
	if _, err := r.Value(); err != nil {
		return err
	}
	return otherwise
}

// text reads a string. Half of a surrogate pair is refused, as no UTF-8 can
// stand for it.
func (r *eventReader) text() ([]byte, error) {
	text, whole, err := r.Text()
	if err == nil && !whole {
		err = faultSurrogate
	}
	return text, err
}

func (r *eventReader) readText() error {
	text, err := r.text()
	if err != nil {
		return err
	}
	if len(text) > r.limits.AttributeBytes {
		return faultTooLong
	}
	value := string(text)
	if err := checkText(value); err != nil {
		return err
	}
	return r.set(r.member, value)
}

func (r *eventReader) readInteger() error {
	raw, err := r.Value()
	if err != nil {
		return err
	}
	const bits = 32
	n, err := strconv.ParseInt(string(raw), 10, bits)
	if err != nil {
		return faultInteger
	}
	r.setExtension(r.member, int32(n))
	return nil
}

// readData returns the payload of a JSON event (JSON format section 3.1.2). It
// comes last, as datacontenttype may stand after data.
func (r *eventReader) readData() ([]byte, error) {
	switch {
	case r.base64 != nil && r.data != nil:
		r.member = memberDataBase64
		return nil, faultBoth
	case r.base64 != nil:
		r.member = memberDataBase64
		return decodeBase64(r.base64)
	case r.data == nil:
		return nil, nil
	}
	r.member = memberData
	if r.DataContentType == nil {
		r.contentType = event.ApplicationJSON
		r.DataContentType = &r.contentType
	}
	if isJSON(r.contentType) {
		return r.data, nil
	}
	return decodeText(r.data, r.contentType)
}

// decodeText returns the bytes of data that is a string, as datacontenttype is
// not JSON.
func decodeText(raw []byte, contentType string) ([]byte, error) {
	if raw[0] != '"' {
		return nil, faultDataText
	}
	if _, params := cutMediaType(contentType); !isUTF8(charset(params)) {
		return nil, faultDataCharset
	}
	text, whole := jsonscan.Unquote(raw)
	if !whole {
		return nil, faultSurrogate
	}
	return text, nil
}

// decodeBase64 reads standard base64. Line breaks, which encoding/base64 skips,
// are refused (RFC 4648 section 3.3).
func decodeBase64(text []byte) ([]byte, error) {
	if bytes.ContainsAny(text, "\r\n") {
		return nil, faultBase64
	}
	data := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(data, text)
	if err != nil {
		return nil, faultBase64
	}
	return data[:n], nil
}
