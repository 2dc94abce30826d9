// Package problem writes failures as RFC 9457 problem documents: in the answer
// to an HTTP request, or in an error reply.
package problem

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// Write writes p as an HTTP answer, with its Retry-After and, if it is of a
// request, the X-Request-Id. The answer has a length, so that it ends even if its
// handler does not return.
func Write(w http.ResponseWriter, p *functions.Error) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if own, err := functions.ParseHeaders(p.Headers); err == nil { // the step has checked them
		ApplyHeaders(h, own)
	}
	if p.RetryAfter > 0 {
		h.Set("Retry-After", RetryAfter(p.RetryAfter))
	}
	if p.RequestID != "" {
		h.Set("X-Request-ID", p.RequestID)
	}
	doc := Document(p)
	h.Set("Content-Type", functions.ProblemContentType)
	h.Set("Content-Length", strconv.Itoa(len(doc)))
	Nosniff(h)
	w.WriteHeader(p.StatusCode())
	_, _ = w.Write(doc) // a client that is gone needs no answer
}

//nolint:gochecknoglobals // never changed; saves an allocation per answer
var nosniff = []string{"nosniff"}

// Nosniff keeps a browser from taking an answer for a page, whatever its type.
func Nosniff(h http.Header) { h["X-Content-Type-Options"] = nosniff }

// ApplyHeaders sets the headers that a reply asks for in the place of those that an
// answer has, but for Vary, which names what either depends on, and for those by
// which pages of other origins are let in, which are not a function's to decide.
func ApplyHeaders(to, of http.Header) {
	for name, values := range of {
		if strings.HasPrefix(name, "Access-Control-") {
			continue
		}
		if name == "Vary" {
			values = slices.Concat(to[name], values)
		}
		to[name] = values
	}
}

// WriteToSender is [Write] for a process of ours that has sent an event and answers
// the caller itself: headers of the reply are an attribute, as those of a result are.
func WriteToSender(w http.ResponseWriter, p *functions.Error) {
	if p.Headers != "" {
		w.Header().Set("Ce-"+functions.AttrHTTPHeaders, p.Headers)
		own := *p
		own.Headers = ""
		p = &own
	}
	Write(w, p)
}

// Document is the JSON of p, with its title and status filled in.
func Document(p *functions.Error) []byte {
	doc := p.Problem
	doc.Status = p.StatusCode()
	if doc.Title == "" {
		doc.Title = http.StatusText(doc.Status)
	}
	toUTF8(&doc)
	data, err := json.Marshal(doc)
	if err != nil { // no field of it can fail
		return []byte(`{"title":"Internal Server Error","status":500}`)
	}
	return append(data, '\n')
}

// toUTF8 puts U+FFFD in the place of what is not UTF-8. encoding/json would do so by
// an escape, which is another text behind each process that reads and writes it.
func toUTF8(doc *functions.Problem) {
	valid := func(s string) string { return strings.ToValidUTF8(s, "\ufffd") }
	doc.Type, doc.Title, doc.Detail, doc.Step = valid(doc.Type), valid(doc.Title), valid(doc.Detail), valid(doc.Step)
	doc.Errors = slices.Clone(doc.Errors) // they may be shared between requests
	for i, e := range doc.Errors {
		doc.Errors[i] = functions.FieldError{Pointer: valid(e.Pointer), Detail: valid(e.Detail)}
	}
}

// Event is the error reply to the request id: p as the data of an event.
func Event(p *functions.Error, id string, source types.URIRef, eventType string) event.Event {
	contentType := functions.ProblemContentType
	ev := Empty(p.StatusCode(), id, source, eventType)
	ev.Context.(*event.EventContextV1).DataContentType = &contentType //nolint:forcetypeassert // made by Empty
	ev.DataEncoded = Document(p)
	if p.Headers != "" {
		ev.SetExtension(functions.AttrHTTPHeaders, p.Headers)
	}
	if p.RetryAfter > 0 {
		ev.Context.(*event.EventContextV1).Extensions[functions.AttrRetryAfter] = RetryAfter(p.RetryAfter) //nolint:forcetypeassert // as above
	}
	return ev
}

// Empty is a reply without data to the request id.
func Empty(status int, id string, source types.URIRef, eventType string) event.Event {
	ev := event.Event{Context: &event.EventContextV1{
		ID:         id,
		Source:     source,
		Type:       eventType,
		Time:       &types.Timestamp{Time: time.Now().UTC()},
		Extensions: map[string]any{functions.AttrCorrelationID: id},
	}}
	functions.SetStatus(&ev, status)
	return ev
}

// Unreadable is the problem of an event that package cloudevents could not
// read: 415 for a format that is not known, else 400.
func Unreadable(err error) *functions.Error {
	if errors.Is(err, cloudevents.ErrUnsupported) {
		return functions.Errorf(http.StatusUnsupportedMediaType, "%w", err)
	}
	return functions.Errorf(http.StatusBadRequest, "%w", err)
}

// ErrExited stands for the result of a function that ended its goroutine, and so
// returned none.
var ErrExited = errors.New("a function ended its goroutine by runtime.Goexit")

// Panicked is the error for a panic with a value, with the stack. It is for the
// log alone, and must be called by the function that has recovered.
func Panicked(value any) error { return fmt.Errorf("panic: %v\n%s", value, debug.Stack()) }

// RetryAfter writes a pause as the header does (RFC 9110 section 10.2.3),
// rounded up.
func RetryAfter(d time.Duration) string {
	seconds := int64(d / time.Second)
	if d%time.Second > 0 { // adding to d first could overflow
		seconds++
	}
	return strconv.FormatInt(seconds, 10)
}
