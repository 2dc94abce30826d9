package cloudevents

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/cloudevents/sdk-go/v2/event"
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
	return ev, s.end()
}

// readBatch reads the events of a JSON batch (JSON format section 4).
func readBatch(body []byte, limits Limits) ([]event.Event, error) {
	s, err := newScanner(body, limits)
	if err != nil {
		return nil, err
	}
	if s.peek() != '[' {
		return nil, s.fail(noIndex, "", faultArray)
	}
	events := []event.Event{}
	err = s.list('[', ']', func() error {
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
		return events, s.end()
	}
	if found := (*Error)(nil); errors.As(err, &found) {
		return nil, found
	}
	return nil, s.fail(noIndex, "", err)
}

func newScanner(body []byte, limits Limits) (*scanner, error) {
	s := &scanner{text: body, depth: limits.Depth}
	if !utf8.Valid(body) {
		return nil, &Error{Pointer: pointer(noIndex, ""), Detail: faultUTF8.Error()}
	}
	s.space()
	return s, nil
}

// end refuses what follows the document.
func (s *scanner) end() error {
	s.space()
	if s.pos < len(s.text) {
		return s.fail(noIndex, "", faultTrailing)
	}
	return nil
}

// fail makes the error of a member. Where the JSON itself is wrong it says at
// which byte.
func (s *scanner) fail(index int, member string, err error) *Error {
	e := &Error{Attribute: member, Pointer: pointer(index, member), Detail: err.Error()}
	switch {
	case errors.Is(err, faultSyntax), errors.Is(err, faultEnd), errors.Is(err, faultTrailing), errors.Is(err, faultDepth):
		e.Detail = fmt.Sprintf("%s, at byte %d", e.Detail, s.pos)
	}
	if member == memberDataBase64 {
		e.Attribute = memberData
	}
	return e
}

// eventReader reads the members of one JSON object.
type eventReader struct {
	*scanner
	draft

	index  int
	member string // being read, for errors
	data   []byte // raw JSON value of data; nil if absent
	base64 []byte // text of data_base64; nil if absent
}

func readEvent(s *scanner, limits Limits, index int) (event.Event, error) {
	if s.peek() != '{' {
		return event.Event{}, s.fail(index, "", faultObject)
	}
	r := eventReader{scanner: s, draft: newDraft(limits), index: index}
	if err := s.list('{', '}', r.readMember); err != nil {
		return event.Event{}, s.fail(index, r.member, err)
	}
	if name := r.missing(); name != "" {
		return event.Event{}, s.fail(index, name, faultRequired)
	}
	data, err := r.readData()
	if err != nil {
		return event.Event{}, s.fail(index, r.member, err)
	}
	ev := r.event(data)
	ev.DataBase64 = r.base64 != nil && ev.DataEncoded != nil
	return ev, nil
}

func (r *eventReader) readMember() error {
	r.member = ""
	name, err := r.stringValue()
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
	if err := r.colon(); err != nil {
		return err
	}
	switch r.member {
	case memberData:
		r.data, err = r.value()
	case memberDataBase64:
		if r.peek() == 'n' { // unset, like an attribute
			return r.word("null")
		}
		if r.peek() != '"' {
			return r.otherKind(faultKind)
		}
		r.base64, err = r.stringValue()
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
	switch c := r.peek(); {
	case c == 'n':
		r.unsetAttribute(r.member)
		return r.word("null")
	case c == '"':
		return r.readText()
	case isCore(r.member):
		return r.otherKind(faultKind)
	case c == 't':
		r.setExtension(r.member, true)
		return r.word("true")
	case c == 'f':
		r.setExtension(r.member, false)
		return r.word("false")
	case c == '-' || isDigit(c):
		return r.readInteger()
	default:
		return r.otherKind(faultExtension)
	}
}

// otherKind is the fault of a value of the wrong kind, or of no value at all.
func (r *eventReader) otherKind(otherwise faultError) error {
	if err := r.skip(); err != nil {
		return err
	}
	return otherwise
}

func (r *eventReader) readText() error {
	text, err := r.stringValue()
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
	start := r.pos
	integer, err := r.number()
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(string(r.text[start:r.pos]), 10, 64)
	if err != nil || !integer || n < math.MinInt32 || n > math.MaxInt32 {
		return faultInteger
	}
	r.setExtension(r.member, int32(n))
	return nil
}
