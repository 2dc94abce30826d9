package encoding

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
		var kind string
		switch value.(type) {
		case types.Timestamp:
			kind = typeTime
		case types.URI:
			kind = typeURI
		case types.URIRef:
			kind = typeURIRef
		case []byte:
			kind = typeBytes
		default:
			continue
		}
		if named == nil {
			named = map[string]string{}
		}
		named[name] = kind
	}
	return named
}

// restoreTypes turns texts back into what they were.
func restoreTypes(ev event.Event, named map[string]string) error {
	if len(named) == 0 {
		return nil
	}
	v1, ok := ev.Context.(*event.EventContextV1)
	if !ok {
		return ErrMalformed
	}
	for name, kind := range named {
		written, ok := v1.Extensions[name].(string)
		if !ok {
			return ErrMalformed
		}
		value, err := parse(kind, written)
		if err != nil {
			return err
		}
		v1.Extensions[name] = value
	}
	return nil
}

func parse(kind, written string) (any, error) {
	switch kind {
	case typeTime:
		if t, err := types.ParseTime(written); err == nil {
			return types.Timestamp{Time: t}, nil
		}
	case typeURI:
		if u := types.ParseURI(written); u != nil {
			return *u, nil
		}
	case typeURIRef:
		if u := types.ParseURIRef(written); u != nil {
			return *u, nil
		}
	case typeBytes:
		if b, err := types.ParseBinary(written); err == nil {
			return b, nil
		}
	}
	return nil, ErrMalformed
}
