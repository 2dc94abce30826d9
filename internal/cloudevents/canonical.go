package cloudevents

import (
	"net/url"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
)

// mostExtensions is how many extensions an event may have, so that it can be read
// back in any mode: beside the attributes of the specification, the members that
// carry data, and those that route an event of ours or stand for its data.
const mostExtensions = DefaultAttributes - 15

// Canonical returns ev in the form that it has after a hop in any mode, so that a
// function sees the same event wherever the step before it ran: extensions are
// texts, the time is in UTC, what is empty is unset. Attributes that a function
// may leave to others (id, source, type) may be empty.
//
// ev is not changed, and nothing is allocated for one that has the form already.
// An event that could not be read back is refused by an [*Error].
func Canonical(ev event.Event) (event.Event, error) {
	ec, ok := ev.Context.(*event.EventContextV1)
	if !ok || ec == nil {
		return event.Event{}, attributeError("", faultContext)
	}
	ec, err := canonicalCore(ec)
	if err != nil {
		return event.Event{}, err
	}
	if ec, err = canonicalExtensions(ec); err != nil {
		return event.Event{}, err
	}
	out := event.Event{Context: ec}
	if len(ev.DataEncoded) > 0 { // binary mode cannot tell empty data from none
		out.DataEncoded = ev.DataEncoded
	}
	return out, nil
}

// coreAttributes are those attributes of an event that have more than one form.
type coreAttributes struct {
	source      url.URL
	schema      *types.URI
	subject     *string
	contentType *string
	time        *types.Timestamp
}

// canonicalCore returns ec with the attributes of the specification in one form,
// ec itself if they have it.
func canonicalCore(ec *event.EventContextV1) (*event.EventContextV1, error) {
	if err := checkAttribute(attrID, ec.ID); err != nil {
		return nil, err
	}
	if err := checkAttribute(attrType, ec.Type); err != nil {
		return nil, err
	}
	given := coreAttributes{ec.Source.URL, ec.DataSchema, ec.Subject, ec.DataContentType, ec.Time}
	got := given
	var err error
	if got.source, err = canonicalReference(given.source); err != nil {
		return nil, attributeError(attrSource, err)
	}
	if got.schema, err = canonicalSchema(given.schema); err != nil {
		return nil, attributeError(attrDataSchema, err)
	}
	if got.subject = setOrNil(given.subject); got.subject != nil {
		if err := checkAttribute(attrSubject, *got.subject); err != nil {
			return nil, err
		}
	}
	if got.contentType, err = canonicalMediaType(given.contentType); err != nil {
		return nil, attributeError(attrDataContentType, err)
	}
	if got.time, err = canonicalTime(given.time); err != nil {
		return nil, attributeError(attrTime, err)
	}
	if got == given {
		return ec, nil
	}
	out := *ec
	out.Source.URL, out.DataSchema, out.Subject, out.DataContentType, out.Time = got.source, got.schema, got.subject, got.contentType, got.time
	return &out, nil
}

// setOrNil returns nil for a text that is empty.
func setOrNil(s *string) *string {
	if s != nil && *s == "" {
		return nil
	}
	return s
}

// checkAttribute reports why value cannot be the text of an attribute, if so.
func checkAttribute(name, value string) error {
	if err := checkValue(value); err != nil {
		return attributeError(name, err)
	}
	return nil
}

// checkValue is checkText, and refuses what would be too long to be read back.
func checkValue(value string) error {
	if err := checkText(value); err != nil {
		return err
	}
	const longest = DefaultAttributeBytes
	if len(value) > longest || len(value) > longest/escapeLength && len(encodeHeader(value)) > longest {
		return faultTooLong
	}
	return nil
}

// canonicalReference returns a URI-reference as it is read. The zero value is
// unset.
func canonicalReference(u url.URL) (url.URL, error) {
	if u == (url.URL{}) {
		return u, nil
	}
	text, err := formatReference(&u)
	if err != nil {
		return u, err
	}
	if err := checkValue(text); err != nil {
		return u, err
	}
	same, err := parseReference(text)
	if same.User != nil && u.User != nil && *same.User == *u.User {
		same.User = u.User
	}
	return same, err
}

func canonicalSchema(u *types.URI) (*types.URI, error) {
	if u == nil || u.URL == (url.URL{}) {
		return nil, nil //nolint:nilnil // unset
	}
	if _, err := formatURI(u); err != nil {
		return nil, err
	}
	same, err := canonicalReference(u.URL)
	if err != nil || same == u.URL {
		return u, err
	}
	return &types.URI{URL: same}, nil
}

func canonicalMediaType(s *string) (*string, error) {
	if s == nil || *s == "" {
		return nil, nil //nolint:nilnil // unset
	}
	trimmed := trimOWS(*s)
	switch {
	case hasPrefixFold(trimmed, structuredPrefix):
		return nil, faultBinaryType
	case len(trimmed) > DefaultAttributeBytes:
		return nil, faultTooLong
	}
	if err := checkMediaType(trimmed); err != nil {
		return nil, err
	}
	if len(trimmed) == len(*s) {
		return s, nil
	}
	out := trimmed // trimmed itself stays off the heap
	return &out, nil
}

func canonicalTime(t *types.Timestamp) (*types.Timestamp, error) {
	if t == nil {
		return nil, nil //nolint:nilnil // unset
	}
	utc := t.Time.UTC().Round(0) // without the reading of the monotonic clock
	if year := utc.Year(); year < 0 || year > maxYear {
		return nil, faultTimestamp
	}
	if utc == t.Time { //nolint:staticcheck // the same in all its parts
		return t, nil
	}
	return &types.Timestamp{Time: utc}, nil
}

// canonicalExtensions returns ec with extensions that are texts; ec itself if
// they are so. Of several faults that of the least name is returned.
func canonicalExtensions(ec *event.EventContextV1) (*event.EventContextV1, error) {
	if len(ec.Extensions) > mostExtensions {
		return nil, attributeError("", faultTooMany)
	}
	clean := true
	for name, value := range ec.Extensions {
		text, ok := value.(string)
		clean = clean && ok && checkName(name) == nil && !isCore(name) && checkValue(text) == nil
	}
	if clean {
		return ec, nil
	}
	out := *ec
	out.Extensions = make(map[string]any, len(ec.Extensions))
	var first *Error
	for name, value := range ec.Extensions {
		if value == nil { // unset
			continue
		}
		key := lower(name)
		text, err := extensionText(key, value)
		if _, twice := out.Extensions[key]; err == nil && twice {
			err = faultTwice
		}
		if err != nil && (first == nil || key < first.Attribute) {
			first = attributeError(clip(key), err)
		}
		out.Extensions[key] = text
	}
	if first != nil {
		return nil, first
	}
	return &out, nil
}

// extensionText returns the canonical text of an extension (CloudEvents section
// "Type System").
func extensionText(name string, value any) (string, error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	if isCore(name) {
		return "", faultReserved
	}
	text, err := valueText(value)
	if err != nil {
		return "", err
	}
	return text, checkValue(text)
}
