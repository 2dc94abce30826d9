package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// replyDoc is a [reply.Reply].
type replyDoc struct {
	Request  requestDoc       `json:"request"`
	Progress []reply.Progress `json:"progress,omitempty"`
	Exact    exact            `json:"exact,omitzero"`
	// Size is the length of the event's data in bytes, which follows the
	// document; nil if it has none.
	Size *int `json:"size,omitempty"`
	// Event is in the JSON event format, without its data.
	Event json.RawMessage `json:"event"`
}

// exact is what of an event the JSON format does not keep.
type exact struct {
	// Base64 is the event's DataBase64.
	Base64 bool `json:"base64,omitempty"`
	// Types names the types of extensions that are written as texts, as
	// CloudEvents does: "Timestamp", "URI", "URI-reference" or "Binary".
	Types map[string]string `json:"types,omitempty"`
}

const (
	typeTimestamp = "Timestamp"
	typeURI       = "URI"
	typeURIRef    = "URI-reference"
	typeBinary    = "Binary"
)

// newReplyDoc gives the document of a reply, and the data that must follow it.
func newReplyDoc(r reply.Reply) (doc, data []byte, err error) {
	d := replyDoc{Request: newRequestDoc(r.Request), Progress: r.Progress, Exact: newExact(r.Event)}
	data = r.Event.DataEncoded
	if data != nil {
		size := len(data)
		d.Size = &size
	}
	r.Event.DataEncoded = nil
	if d.Event, err = cloudevents.AppendExact(nil, r.Event); err != nil {
		return nil, nil, fmt.Errorf("write the event of the reply: %w", err)
	}
	if doc, err = json.Marshal(d); err != nil {
		return nil, nil, fmt.Errorf("write the reply as JSON: %w", err)
	}
	return doc, data, nil
}

func newExact(ev event.Event) exact {
	x := exact{Base64: ev.DataBase64}
	v1, ok := ev.Context.(*event.EventContextV1)
	if !ok || v1 == nil {
		return x // and is refused when it is written
	}
	for name, value := range v1.Extensions {
		kind := typeName(value)
		if kind == "" {
			continue
		}
		if x.Types == nil {
			x.Types = map[string]string{}
		}
		x.Types[name] = kind
	}
	return x
}

func typeName(value any) string {
	switch value.(type) {
	case types.Timestamp:
		return typeTimestamp
	case types.URI:
		return typeURI
	case types.URIRef:
		return typeURIRef
	case []byte:
		return typeBinary
	default:
		return ""
	}
}

var errSize = errors.New("the data is not as long as it is said to be")

// readReply reads a replyDoc and takes its data from the front of rest, whose
// memory the event shares.
func readReply(doc []byte, rest *[]byte) (reply.Reply, error) {
	var d replyDoc
	if err := decodeStrictly(doc, &d); err != nil {
		return reply.Reply{}, err
	}
	request, err := d.Request.request()
	if err != nil {
		return reply.Reply{}, fmt.Errorf("request of the reply: %w", err)
	}
	limits := cloudevents.Limits{ // whoever has the secret is only bound by the size of the body
		Attributes:     len(doc) + 1,
		AttributeBytes: len(doc) + 1,
	}
	ev, err := limits.Read(http.Header{"Content-Type": {cloudevents.StructuredType}}, d.Event)
	if err != nil {
		return reply.Reply{}, fmt.Errorf("event of the reply: %w", err)
	}
	if d.Size != nil {
		n := *d.Size
		if n < 0 || n > len(*rest) || len(ev.DataEncoded) != 0 {
			return reply.Reply{}, errSize
		}
		ev.DataEncoded, *rest = (*rest)[:n:n], (*rest)[n:]
	}
	if err := d.Exact.restore(&ev); err != nil {
		return reply.Reply{}, fmt.Errorf("event of the reply: %w", err)
	}
	return reply.Reply{Request: request, Event: ev, Progress: d.Progress}, nil
}

var errExact = errors.New("what should be exact does not fit the event")

// restore puts back what the JSON format lost.
func (x exact) restore(ev *event.Event) error {
	ev.DataBase64 = x.Base64
	if len(x.Types) == 0 {
		return nil
	}
	v1, ok := ev.Context.(*event.EventContextV1)
	if !ok {
		return errExact
	}
	for name, kind := range x.Types {
		text, ok := v1.Extensions[name].(string)
		if !ok {
			return errExact
		}
		value, err := parseTyped(kind, text)
		if err != nil {
			return errExact
		}
		v1.Extensions[name] = value
	}
	return nil
}

func parseTyped(kind, text string) (any, error) {
	switch kind {
	case typeTimestamp:
		t, err := types.ParseTime(text)
		return types.Timestamp{Time: t}, err
	case typeURI:
		if u := types.ParseURI(text); u != nil {
			return *u, nil
		}
	case typeURIRef:
		if u := types.ParseURIRef(text); u != nil {
			return *u, nil
		}
	case typeBinary:
		return types.ParseBinary(text)
	}
	return nil, errExact
}
