package cloudevents

import (
	"net/http"

	"github.com/cloudevents/sdk-go/v2/event"
)

// Write sets the headers of a message that carries ev in the given mode and
// gives its body. The message may be a request or a response. None is taken
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
