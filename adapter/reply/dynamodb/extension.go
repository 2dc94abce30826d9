package dynamodb

import (
	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
)

// Names of the types of CloudEvents that the JSON event format writes as
// texts: a reader cannot tell them from a String.
const (
	typeTime   = "time"
	typeURI    = "uri"
	typeURIRef = "ref"
	typeBytes  = "bytes"
)

// extensionTypes names the types of those extensions of ev that would come
// back as texts; nil if there are none.
func extensionTypes(ev event.Event) map[string]string {
	v1, ok := ev.Context.(*event.EventContextV1)
	if !ok || v1 == nil {
		return nil
	}
	var named map[string]string
	for name, value := range v1.Extensions {
		kind := typeName(value)
		if kind == "" {
			continue
		}
		if named == nil {
			named = make(map[string]string)
		}
		named[name] = kind
	}
	return named
}

// typeName names the type of a value that is written as a text; "" if it is
// none of those.
func typeName(value any) string {
	switch value.(type) {
	case types.Timestamp:
		return typeTime
	case types.URI:
		return typeURI
	case types.URIRef:
		return typeURIRef
	case []byte:
		return typeBytes
	default:
		return ""
	}
}

// restoreTypes turns texts back into what they were.
func restoreTypes(ev event.Event, named map[string]string) error {
	if len(named) == 0 {
		return nil
	}
	v1, ok := ev.Context.(*event.EventContextV1)
	if !ok {
		return malformed(attrData)
	}
	for name, kind := range named {
		written, ok := v1.Extensions[name].(string)
		if !ok {
			return malformed(attrData)
		}
		value, ok := parseAs(kind, written)
		if !ok {
			return malformed(attrData)
		}
		v1.Extensions[name] = value
	}
	return nil
}

func parseAs(kind, written string) (value any, ok bool) {
	switch kind {
	case typeTime:
		t, err := types.ParseTime(written)
		return types.Timestamp{Time: t}, err == nil
	case typeURI:
		if u := types.ParseURI(written); u != nil {
			return *u, true
		}
	case typeURIRef:
		if u := types.ParseURIRef(written); u != nil {
			return *u, true
		}
	case typeBytes:
		b, err := types.ParseBinary(written)
		return b, err == nil
	}
	return nil, false
}
