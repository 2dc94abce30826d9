package cloudevents

import (
	"strconv"
	"strings"
)

// Negotiate chooses the content mode of a reply by the Accept header of its
// request (RFC 9110 section 12.5.1). Several Accept headers are to be joined
// by ", " first.
//
// The type with the greatest quality wins: application/cloudevents+json stands
// for Structured, application/cloudevents-batch+json for Batch, any other type
// for Binary, a wildcard for all but Batch, which must not be used unless it is
// asked for (HTTP binding section 3). Between equals a mode asked for by its
// name comes first, then the mode of the request, in. Without an Accept header,
// or if it accepts nothing, the mode of the request is used too; there None is
// taken for Binary and Batch for Structured.
func Negotiate(accept string, in Mode) Mode {
	usual := in
	switch in {
	case None, Binary:
		usual = Binary
	case Batch, Structured:
		usual = Structured
	}
	w := weights{structured: unnamed, batch: unnamed, application: unnamed}
	for accept != "" {
		var item string
		item, accept = cutListItem(accept)
		w.add(item)
	}
	return w.choose(in, usual)
}

// unnamed is the quality of a range that is not in the header; below zero, as
// zero means "not acceptable".
const unnamed = -1

// weights are the qualities in an Accept header.
type weights struct {
	structured, batch float64 // by their names
	application       float64 // of application/*
	wildcard          float64 // of */*
	other             float64 // greatest of all other types, and of wildcards
}

func (w *weights) add(item string) {
	if checkMediaType(item) != nil {
		return
	}
	essence, params := cutMediaType(item)
	q := quality(params)
	switch {
	case equalFold(essence, StructuredType):
		w.structured = max(w.structured, q)
		return
	case equalFold(essence, BatchType):
		w.batch = max(w.batch, q)
		return
	case hasPrefixFold(essence, structuredPrefix): // a format that is not known here
		return
	case equalFold(essence, "application/*"):
		w.application = max(w.application, q)
	case essence == "*/*":
		w.wildcard = max(w.wildcard, q)
	}
	w.other = max(w.other, q)
}

func (w *weights) choose(in, usual Mode) Mode {
	structured := w.structured
	if structured == unnamed {
		structured = w.application
	}
	if structured == unnamed {
		structured = w.wildcard
	}
	best := max(structured, w.batch, w.other)
	switch {
	case best <= 0:
		return usual
	case w.batch == best && (in == Batch || w.structured != best):
		return Batch
	case w.structured == best:
		return Structured
	case usual == Structured && structured == best, w.other != best:
		return Structured
	default:
		return Binary
	}
}

// cutListItem takes the first item off a list at a comma that is not in a
// quoted string.
func cutListItem(list string) (item, rest string) {
	quoted := false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == ',' && !quoted:
			return trimOWS(list[:i]), list[i+1:]
		}
	}
	return trimOWS(list), ""
}

// quality reads the weight of RFC 9110 section 12.4.2: 1 if there is none, 0
// if it is none.
func quality(params string) float64 {
	const bits = 64
	for params != "" {
		name, value, rest, _ := cutParam(params)
		params = rest
		if !equalFold(name, "q") {
			continue
		}
		q, err := strconv.ParseFloat(value, bits)
		if err != nil || strings.Trim(value, "0123456789.") != "" || q > 1 {
			return 0
		}
		return q
	}
	return 1
}
