package vertex

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
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

// accept takes the event that a function returned, in the form in which every
// function and every carrier is to see it. An event that could not be written out
// is an error.
func accept(out *event.Event) (event.Event, error) {
	if len(out.FieldErrors) > 0 { // a setter of the SDK refused a value, and the function did not look
		name := slices.Sorted(maps.Keys(out.FieldErrors))[0]
		fault := &cloudevents.Error{Attribute: name, Detail: "the value was refused when it was set"}
		return event.Event{}, fmt.Errorf("%w: %w", fault, out.FieldErrors[name])
	}
	got := event.Event{Context: contextV1(out.Context), DataEncoded: out.DataEncoded}
	if _, ok := functions.Status(got); !ok {
		return event.Event{}, &cloudevents.Error{Attribute: functions.AttrHTTPStatus, Detail: "it is not a status from 200 to 599"}
	}
	if _, err := functions.ParseHeaders(functions.Attribute(got, functions.AttrHTTPHeaders)); err != nil {
		return event.Event{}, &cloudevents.Error{Attribute: functions.AttrHTTPHeaders, Detail: err.Error()}
	}
	return cloudevents.Canonical(got) //nolint:wrapcheck // names the attribute
}

// withoutValues is the part of an error of accept that the caller may see: which
// attribute is invalid, and why.
func withoutValues(err error) string {
	if fault, ok := errors.AsType[*cloudevents.Error](err); ok {
		return fault.Error()
	}
	return "it cannot be written"
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
