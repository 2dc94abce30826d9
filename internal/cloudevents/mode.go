package cloudevents

import (
	"net/http"
)

// Media types of the JSON event format (JSON format sections 3 and 4.2).
const (
	// StructuredType is the Content-Type of one event in structured mode.
	StructuredType = "application/cloudevents+json"
	// BatchType is the Content-Type of several events in batched mode.
	BatchType = "application/cloudevents-batch+json"
)

const (
	structuredPrefix = "application/cloudevents"
	batchPrefix      = "application/cloudevents-batch"
)

// Mode is the content mode of an HTTP message (HTTP binding section 1.3).
type Mode int

// The content modes. None is a message that carries no event.
const (
	None Mode = iota
	Binary
	Structured
	Batch
)

// String names the mode as the specification does.
func (m Mode) String() string {
	switch m {
	case None:
		return "none"
	case Binary:
		return "binary"
	case Structured:
		return "structured"
	case Batch:
		return "batched"
	default:
		return "unknown"
	}
}

// ModeOf reports the content mode of a message by its headers (HTTP binding
// section 3). Structured and Batch are known by the Content-Type alone, so also
// for a format that [Read] does not know; else a message with any of the four
// required attributes as a ce- header is Binary, complete or not, so that Read
// can name what is missing.
func ModeOf(header http.Header) Mode {
	essence, _ := cutMediaType(firstContentType(header))
	switch {
	case hasPrefixFold(essence, batchPrefix):
		return Batch
	case hasPrefixFold(essence, structuredPrefix):
		return Structured
	}
	for _, key := range []string{keySpecVersion, keyID, keySource, keyType} {
		if _, ok := header[key]; ok {
			return Binary
		}
	}
	for key := range header { // keys that were not set by Header.Set
		switch attribute, _ := cutPrefixFold(key, headerPrefix); lower(attribute) {
		case attrSpecVersion, attrID, attrSource, attrType:
			return Binary
		}
	}
	return None
}

// firstContentType returns the Content-Type header, or "".
func firstContentType(header http.Header) string {
	if values := contentTypes(header); len(values) > 0 {
		return values[0]
	}
	return ""
}

// contentTypes returns every value of the Content-Type header, also under a key
// that is not in the canonical form.
func contentTypes(header http.Header) []string {
	if values, ok := header[keyContentType]; ok {
		return values
	}
	for key, values := range header {
		if equalFold(key, keyContentType) {
			return values
		}
	}
	return nil
}
