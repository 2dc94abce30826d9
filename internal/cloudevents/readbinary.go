package cloudevents

import (
	"net/http"

	"github.com/cloudevents/sdk-go/v2/event"
)

// readBinary reads an event in binary mode (HTTP binding section 3.1). Of
// several faults the one of specversion, and else of the least name is returned,
// as headers have no order.
func readBinary(header http.Header, body []byte, limits Limits) (event.Event, error) {
	d := newDraft(limits)
	var first *Error
	for key, values := range header {
		raw, ok := cutPrefixFold(key, headerPrefix)
		if !ok {
			continue
		}
		name := lower(raw)
		if err := d.readHeader(name, values); err != nil {
			if first == nil || name == attrSpecVersion || first.Attribute != attrSpecVersion && name < first.Attribute {
				first = headerError(name, err)
			}
		}
	}
	if first != nil {
		return event.Event{}, first
	}
	if name := d.missing(); name != "" {
		return event.Event{}, headerError(name, faultRequired)
	}
	if err := d.readContentType(contentTypes(header)); err != nil {
		return event.Event{}, contentTypeError(err)
	}
	return d.event(body), nil
}

func (d *draft) readHeader(name string, values []string) error {
	if len(name) > d.limits.AttributeBytes {
		return faultTooLong
	}
	if err := checkName(name); err != nil {
		return err
	}
	if name == attrDataContentType {
		return faultContentType
	}
	if err := d.add(name); err != nil {
		return err
	}
	if len(values) != 1 {
		return faultTwice
	}
	if len(values[0]) > d.limits.AttributeBytes {
		return faultTooLong
	}
	value, err := decodeHeader(values[0])
	if err != nil {
		return err
	}
	return d.set(name, value)
}

// readContentType takes the Content-Type header as datacontenttype. It is no
// ce- header, so nothing in it is percent-encoded.
func (d *draft) readContentType(values []string) error {
	switch {
	case len(values) == 0:
		return nil
	case len(values) > 1:
		return faultTwice
	case len(values[0]) > d.limits.AttributeBytes:
		return faultTooLong
	default:
		return d.setContentType(values[0])
	}
}
