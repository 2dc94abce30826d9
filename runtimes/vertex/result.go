package vertex

import (
	"bytes"
	"fmt"
	"maps"
	"mime"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
)

// contextV1 returns the attributes of an event in the form of CloudEvents 1.0;
// never nil. It allocates nothing if they have that form already.
func contextV1(c event.EventContext) *event.EventContextV1 {
	if v1, ok := c.(*event.EventContextV1); ok && v1 != nil {
		return v1
	}
	return convertToV1(c)
}

// convertToV1 is apart from contextV1 for the large stack that the copies of
// contexts take.
func convertToV1(c event.EventContext) *event.EventContextV1 {
	switch c := c.(type) {
	case nil, *event.EventContextV1: // a nil pointer
	case *event.EventContextV03:
		if c != nil {
			return c.AsV1()
		}
	default:
		return c.AsV1()
	}
	return &event.EventContextV1{}
}

// accept takes the event that a function returned, for its input in. An event
// that could not be written out later is an error.
func accept(out *event.Event, in event.Event) (event.Event, error) {
	if len(out.FieldErrors) > 0 { // a setter of the SDK refused a value, and the function did not look
		return event.Event{}, fmt.Errorf("invalid attributes: %v", out.FieldErrors)
	}
	got := event.Event{Context: out.Context, DataEncoded: out.DataEncoded, DataBase64: out.DataBase64}
	ec := contextV1(out.Context)
	if same, ok := in.Context.(*event.EventContextV1); ok && same == ec {
		return got, nil
	}
	if err := checkContentType(ec.DataContentType); err != nil {
		return event.Event{}, err
	}
	if len(ec.Extensions) > 0 {
		clean, err := canonical(ec)
		if err != nil {
			return event.Event{}, err
		}
		ec = clean
	}
	got.Context = ec
	return got, nil
}

func checkContentType(contentType *string) error {
	if contentType == nil || *contentType == "" || *contentType == event.ApplicationJSON {
		return nil
	}
	if _, _, err := mime.ParseMediaType(*contentType); err != nil {
		return fmt.Errorf("datacontenttype %q: %w", *contentType, err)
	}
	return nil
}

// canonical returns ec with extension attributes of the names and types that
// CloudEvents knows; ec itself if they are so. A function that writes to the
// map of the extensions goes round the SDK's check of them.
func canonical(ec *event.EventContextV1) (*event.EventContextV1, error) {
	clean := true
	for name, value := range ec.Extensions {
		clean = clean && isCanonical(name, value)
	}
	if clean {
		return ec, nil
	}
	out := *ec
	out.Extensions = make(map[string]any, len(ec.Extensions))
	for name, value := range ec.Extensions {
		if err := out.SetExtension(name, value); err != nil {
			return nil, fmt.Errorf("extension %q: %w", name, err)
		}
	}
	return &out, nil
}

// isCanonical knows the usual attributes; others take the longer way.
func isCanonical(name string, value any) bool {
	switch value.(type) {
	case string, int32, bool, types.Timestamp:
	default:
		return false
	}
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	switch name {
	case "", "id", "source", "type", "datacontenttype", "subject", "time", "specversion", "dataschema":
		return false
	}
	return true
}

// private is in with attributes of its own, for an attempt whose function
// may change them while another reads. withData copies the data too.
func private(in event.Event, withData bool) event.Event {
	if ec, ok := in.Context.(*event.EventContextV1); ok && ec != nil {
		own := *ec
		own.Extensions = maps.Clone(ec.Extensions)
		in.Context = &own
	} else {
		in.Context = contextV1(in.Context)
	}
	if withData {
		in.DataEncoded = bytes.Clone(in.DataEncoded)
	}
	return in
}
