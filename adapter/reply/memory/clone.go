package memory

import (
	"bytes"
	"maps"
	"slices"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
)

// clone copies all of a reply but the data of its event.
func clone(r reply.Reply) reply.Reply {
	r.Event.Context = cloneContext(r.Event.Context)
	r.Event.FieldErrors = maps.Clone(r.Event.FieldErrors)
	r.Progress = slices.Clone(r.Progress)
	return r
}

// cloneContext copies attributes. The SDK's own Clone shares byte values and
// panics on an extension of a type that it does not know.
func cloneContext(ec event.EventContext) event.EventContext {
	switch ec := ec.(type) {
	case nil:
		return nil
	case *event.EventContextV1:
		out := *ec
		out.DataContentType = cloneValue(ec.DataContentType)
		out.Subject = cloneValue(ec.Subject)
		out.Time = cloneValue(ec.Time)
		out.DataSchema = cloneValue(ec.DataSchema)
		out.Extensions = cloneExtensions(ec.Extensions)
		return &out
	case *event.EventContextV03:
		out := *ec
		out.DataContentType = cloneValue(ec.DataContentType)
		out.DataContentEncoding = cloneValue(ec.DataContentEncoding)
		out.Subject = cloneValue(ec.Subject)
		out.Time = cloneValue(ec.Time)
		out.SchemaURL = cloneValue(ec.SchemaURL)
		out.Extensions = cloneExtensions(ec.Extensions)
		return &out
	default: // the SDK has no other
		return ec.Clone()
	}
}

func cloneExtensions(in map[string]any) map[string]any {
	out := maps.Clone(in)
	for name, value := range out {
		if b, ok := value.([]byte); ok {
			out[name] = bytes.Clone(b)
		}
	}
	return out
}

func cloneValue[T any](p *T) *T {
	if p == nil {
		return nil
	}
	return new(*p)
}
