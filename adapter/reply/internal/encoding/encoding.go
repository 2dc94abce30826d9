// Package encoding writes what is stored and sent of a reply as bytes: its event
// and its progress. What is read back is exactly what was written.
//
// It is a line of JSON, which the data of the event follows as it is, so that
// data is never escaped, encoded or scanned.
package encoding

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// ErrMalformed means that bytes are not what [Append] writes.
var ErrMalformed = errors.New("the reply is malformed")

// head is the line of JSON.
type head struct {
	// Event is in the JSON event format, without its data.
	Event json.RawMessage `json:"e"`
	// Progress is that of the reply.
	Progress []reply.Progress `json:"p,omitempty"`
	// Data is true if the event has data, if only of no length.
	Data bool `json:"d,omitempty"`
	// Base64 is the event's DataBase64.
	Base64 bool `json:"b,omitempty"`
	// Types names the types of extensions that the format writes as texts.
	Types map[string]string `json:"t,omitempty"`
}

// Append appends event and progress of a reply to dst. An event that is not
// valid, or not of CloudEvents 1.0, is refused by a [*cloudevents.Error].
func Append(dst []byte, r reply.Reply) ([]byte, error) {
	ev, data := r.Event, r.Event.DataEncoded
	ev.DataEncoded = nil
	doc, err := cloudevents.AppendExact(nil, ev)
	if err != nil {
		return nil, fmt.Errorf("write the event of the reply: %w", err)
	}
	line, err := json.Marshal(head{
		Event: doc, Progress: r.Progress, Data: data != nil, Base64: ev.DataBase64, Types: extensionTypes(ev),
	})
	if err != nil {
		return nil, fmt.Errorf("write the reply: %w", err)
	}
	dst = slices.Grow(dst, len(line)+1+len(data))
	dst = append(append(dst, line...), '\n') // the line has no other line break
	return append(dst, data...), nil
}

// Read reads what [Append] wrote, all of it. The event shares the memory.
func Read(stored []byte) (event.Event, []reply.Progress, error) {
	line, data, _ := bytes.Cut(stored, []byte("\n"))
	var h head
	if err := json.Unmarshal(line, &h); err != nil {
		return event.Event{}, nil, ErrMalformed
	}
	limits := cloudevents.Limits{Attributes: len(line) + 1, AttributeBytes: len(line) + 1} // they were taken once
	ev, err := limits.Read(http.Header{"Content-Type": {cloudevents.StructuredType}}, h.Event)
	if err != nil || len(ev.DataEncoded) > 0 || !h.Data && len(data) > 0 {
		return event.Event{}, nil, ErrMalformed
	}
	if h.Data {
		ev.DataEncoded = slices.Clip(data)
	}
	ev.DataBase64 = h.Base64
	return ev, h.Progress, restoreTypes(ev, h.Types)
}
