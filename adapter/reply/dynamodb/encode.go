package dynamodb

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// head is what is stored of a reply beside the data of its event: a line of
// JSON, which the data follows as it is, so that it comes back to the byte and
// is not blown up by an encoding.
type head struct {
	// Event is in the JSON event format, without its data.
	Event json.RawMessage `json:"e"`
	// Progress is that of the reply.
	Progress []reply.Progress `json:"p,omitempty"`
	// Data says that the event has data, if only of no length.
	Data bool `json:"d,omitempty"`
	// Base64 is the event's DataBase64.
	Base64 bool `json:"b,omitempty"`
	// Types names the types of extensions that the format writes as texts.
	Types map[string]string `json:"t,omitempty"`
}

// encode writes event and progress of a reply. An event that is not valid, or
// not of CloudEvents 1.0, is refused by a [*cloudevents.Error].
func encode(r reply.Reply) ([]byte, error) {
	ev := r.Event
	body := ev.DataEncoded
	ev.DataEncoded = nil
	doc, err := cloudevents.AppendExact(nil, ev)
	if err != nil {
		return nil, fmt.Errorf("write the event of the reply: %w", err)
	}
	line, err := json.Marshal(head{
		Event: doc, Progress: r.Progress, Data: body != nil, Base64: ev.DataBase64, Types: extensionTypes(ev),
	})
	if err != nil {
		return nil, fmt.Errorf("write the reply: %w", err)
	}
	out := make([]byte, 0, len(line)+1+len(body))
	out = append(append(out, line...), '\n') // the line has no other line break
	return append(out, body...), nil
}

// decode reads what encode wrote. The event shares the memory.
func decode(stored []byte) (event.Event, []reply.Progress, error) {
	line, body, _ := bytes.Cut(stored, []byte("\n"))
	var h head
	if err := json.Unmarshal(line, &h); err != nil {
		return event.Event{}, nil, malformed(attrData)
	}
	limits := cloudevents.Limits{Attributes: len(line) + 1, AttributeBytes: len(line) + 1} // they were taken once
	ev, err := limits.Read(http.Header{"Content-Type": {cloudevents.StructuredType}}, h.Event)
	if err != nil || len(ev.DataEncoded) > 0 || !h.Data && len(body) > 0 {
		return event.Event{}, nil, malformed(attrData)
	}
	if h.Data {
		ev.DataEncoded = slices.Clip(body)
	}
	ev.DataBase64 = h.Base64
	if err := restoreTypes(ev, h.Types); err != nil {
		return event.Event{}, nil, err
	}
	return ev, h.Progress, nil
}
