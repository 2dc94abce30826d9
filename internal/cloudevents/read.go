package cloudevents

import (
	"cmp"
	"net/http"

	"github.com/cloudevents/sdk-go/v2/event"
)

// Defaults of [Limits].
const (
	// DefaultAttributes is the default of Limits.Attributes.
	DefaultAttributes = 64
	// DefaultAttributeBytes is the default of Limits.AttributeBytes: 32 KiB, as
	// much as a request may have of headers.
	DefaultAttributeBytes = 32 << 10
	// DefaultBatchEvents is the default of Limits.BatchEvents.
	DefaultBatchEvents = 1000
	// DefaultDepth is the default of Limits.Depth.
	DefaultDepth = 512
)

// Limits bound what is read; the size of the body is bounded by whoever reads
// it. The zero value stands for the defaults.
type Limits struct {
	// Attributes is the greatest number of attributes of an event, extensions
	// included; 0 means [DefaultAttributes].
	Attributes int
	// AttributeBytes is the greatest length of the name and of the value of an
	// attribute in bytes, before it is decoded; 0 means [DefaultAttributeBytes].
	AttributeBytes int
	// BatchEvents is the greatest number of events in a batch; 0 means
	// [DefaultBatchEvents].
	BatchEvents int
	// Depth is how deep arrays and objects may be nested in a JSON body, the
	// event itself included; 0 means [DefaultDepth].
	Depth int
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Attributes:     cmp.Or(l.Attributes, DefaultAttributes),
		AttributeBytes: cmp.Or(l.AttributeBytes, DefaultAttributeBytes),
		BatchEvents:    cmp.Or(l.BatchEvents, DefaultBatchEvents),
		Depth:          cmp.Or(l.Depth, DefaultDepth),
	}
}

// Read reads the one event of a message in binary or structured mode, with
// the default limits. Header and body may be those of a request or a response.
//
// Data is nil if there is none or if it is empty. In structured mode data of a
// JSON media type is the JSON value as it was sent, without the white space
// around it, and a datacontenttype that was implied by a data member is set to
// application/json.
//
// Errors are [*Error] and [ErrUnsupported]. The event shares the memory of the
// body.
func Read(header http.Header, body []byte) (event.Event, error) {
	return Limits{}.Read(header, body)
}

// ReadBatch reads the events of a message in batched mode, with the default
// limits. An empty batch has no events and is no error. Errors are as of
// [Read]; one invalid event refuses the batch.
func ReadBatch(header http.Header, body []byte) ([]event.Event, error) {
	return Limits{}.ReadBatch(header, body)
}

// Read is like the function [Read], within these limits.
func (l Limits) Read(header http.Header, body []byte) (event.Event, error) {
	l = l.withDefaults()
	mode := ModeOf(header)
	if mode == None || mode == Binary {
		return readBinary(header, body, l)
	}
	if mode == Batch {
		return event.Event{}, unsupported("a batch, where one event is expected")
	}
	if err := checkFormat(header, StructuredType); err != nil {
		return event.Event{}, err
	}
	return readStructured(body, l)
}

// ReadBatch is like the function [ReadBatch], within these limits.
func (l Limits) ReadBatch(header http.Header, body []byte) ([]event.Event, error) {
	if ModeOf(header) != Batch {
		return nil, unsupported("the Content-Type is not %s", BatchType)
	}
	if err := checkFormat(header, BatchType); err != nil {
		return nil, err
	}
	return readBatch(body, l.withDefaults())
}

// checkFormat reports whether a Content-Type is the one wanted, in UTF-8.
func checkFormat(header http.Header, want string) error {
	values := contentTypes(header)
	if len(values) != 1 {
		return contentTypeError(faultTwice)
	}
	if err := checkMediaType(values[0]); err != nil {
		return contentTypeError(err)
	}
	essence, params := cutMediaType(values[0])
	if !equalFold(essence, want) {
		return unsupported("%q", clip(essence))
	}
	if set := charset(params); !isUTF8(set) {
		return unsupported("charset %q of %s", clip(set), want)
	}
	return nil
}
