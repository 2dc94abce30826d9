package cloudevents

import (
	"strings"

	"github.com/homing-dev/homing/internal/accept"
)

// Negotiate chooses the content mode of a reply by the lines of the Accept header
// of its request (RFC 9110 section 12.5.1).
//
// The type with the greatest quality wins: application/cloudevents+json stands
// for Structured, application/cloudevents-batch+json for Batch, any other type
// for Binary, a wildcard for all but Batch, which must not be used unless it is
// asked for (HTTP binding section 3). Between equals a mode asked for by its
// name comes first, then the mode of the request, in. Without an Accept header,
// or if it accepts nothing, the mode of the request is used too; there None is
// taken for Binary and Batch for Structured.
func Negotiate(lines []string, in Mode) Mode {
	usual := in
	switch in {
	case None, Binary:
		usual = Binary
	case Batch, Structured:
		usual = Structured
	}
	w := weights{structured: unnamed, batch: unnamed, application: unnamed}
	for _, r := range accept.Parse(lines) {
		w.add(r)
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

func (w *weights) add(r accept.Range) {
	switch {
	case r.Type == StructuredType:
		w.structured = max(w.structured, r.Q)
		return
	case r.Type == BatchType:
		w.batch = max(w.batch, r.Q)
		return
	case strings.HasPrefix(r.Type, structuredPrefix): // a format that is not known here
		return
	case r.Type == "application/*":
		w.application = max(w.application, r.Q)
	case r.Type == "*/*":
		w.wildcard = max(w.wildcard, r.Q)
	}
	w.other = max(w.other, r.Q)
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
