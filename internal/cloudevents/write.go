package cloudevents

import (
	"net/http"
	"strconv"

	"github.com/cloudevents/sdk-go/v2/event"
)

// Write sets the headers of a message that carries ev in the given mode and
// returns its body. The message may be a request or a response. None is taken
// for Binary; Batch is a batch of one event.
//
// In binary mode the body is the data of the event itself. An event that could
// not be read back is refused by an [*Error], and then header is unchanged.
func Write(header http.Header, ev event.Event, mode Mode) ([]byte, error) {
	switch mode {
	case Structured:
		body, err := AppendStructured(make([]byte, 0, room(ev)), ev)
		if err != nil {
			return nil, err
		}
		header[keyContentType] = []string{StructuredType}
		return body, nil
	case Batch:
		return WriteBatch(header, []event.Event{ev})
	case None, Binary:
	}
	if err := SetHeaders(header, ev); err != nil {
		return nil, err
	}
	return ev.DataEncoded, nil
}

// WriteBatch is like [Write] for events in batched mode, which must not be
// used unless it was asked for (HTTP binding section 3).
func WriteBatch(header http.Header, events []event.Event) ([]byte, error) {
	size := len("[]")
	for _, ev := range events {
		size += room(ev)
	}
	body, err := AppendBatch(make([]byte, 0, size), events)
	if err != nil {
		return nil, err
	}
	header[keyContentType] = []string{BatchType}
	return body, nil
}

// room guesses the size of an event in the JSON format.
func room(ev event.Event) int {
	const attributes = 512
	return attributes + len(ev.DataEncoded)
}

// SetHeaders sets the headers that carry an event in binary mode; the body is
// ev.Data() as it is. Header must have no ce- headers yet.
//
// Values are percent-encoded, so none can break out of its line. An event
// without datacontenttype leaves a Content-Type without values, which keeps
// net/http from guessing one. An event that could not be read back is refused
// by an [*Error], and then header is unchanged.
func SetHeaders(header http.Header, ev event.Event) error {
	out, err := newOutgoing(ev)
	if err != nil {
		return err
	}
	if hasPrefixFold(out.contentType, structuredPrefix) {
		return attributeError(attrDataContentType, faultBinaryType)
	}
	names, err := out.extensions()
	if err != nil {
		return err
	}
	const core = 8
	values := make([]string, 0, core+len(names)) // one piece of memory for all
	for _, name := range names {
		value, err := headerValue(out.Extensions[name])
		if err != nil {
			return attributeError(name, err)
		}
		values = append(values, value)
	}
	set := func(key, value string) {
		values = append(values, value)
		n := len(values)
		header[key] = values[n-1 : n : n]
	}
	for i, name := range names {
		header[headerKey(name)] = values[i : i+1 : i+1]
	}
	set(keySpecVersion, specVersion)
	set(keyID, encodeHeader(out.ID))
	set(keySource, encodeHeader(out.source))
	set(keyType, encodeHeader(out.Type))
	if out.schema != "" {
		set(keyDataSchema, encodeHeader(out.schema))
	}
	if out.subject != "" {
		set(keySubject, encodeHeader(out.subject))
	}
	if out.time != "" {
		set(keyTime, out.time)
	}
	if out.contentType != "" {
		set(keyContentType, out.contentType)
	} else {
		header[keyContentType] = nil
	}
	return nil
}

// headerValue returns an extension as the value of a header.
func headerValue(value any) (string, error) {
	text, err := valueText(value)
	if err != nil {
		return "", err
	}
	return encodeHeader(text), nil
}

// valueText returns the canonical text of the value of an extension.
func valueText(value any) (string, error) {
	value, err := canonical(value)
	if err != nil {
		return "", err
	}
	switch v := value.(type) {
	case bool:
		return strconv.FormatBool(v), nil
	case int32:
		return strconv.Itoa(int(v)), nil
	case string:
		return v, nil
	default:
		return "", faultExtension
	}
}
