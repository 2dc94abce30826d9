package cloudevents_test

import (
	"errors"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/internal/cloudevents"
)

// newEvent creates the least event, as changed by a case.
func newEvent(change func(ev *event.Event, ec *event.EventContextV1)) event.Event {
	ec := &event.EventContextV1{ID: "1", Source: *types.ParseURIRef("/s"), Type: "t"}
	ev := event.Event{Context: ec}
	if change != nil {
		change(&ev, ec)
	}
	return ev
}

func withExtension(name string, value any) event.Event {
	return newEvent(func(_ *event.Event, ec *event.EventContextV1) { ec.Extensions = map[string]any{name: value} })
}

func TestSetHeadersWritesEveryAttribute(t *testing.T) {
	t.Parallel()
	ev := newEvent(func(_ *event.Event, ec *event.EventContextV1) {
		contentType, subject := "text/plain; charset=utf-8", "Euro € 😀"
		ec.DataContentType, ec.Subject = &contentType, &subject
		ec.Time = &types.Timestamp{Time: time.Date(2018, 4, 5, 3, 56, 24, 5e8, time.FixedZone("", 3600))}
		ec.DataSchema = types.ParseURI("https://example.com/s")
		ec.Extensions = map[string]any{
			"text": `a "b" 100%`, "flag": true, "off": false, "number": int32(-7), "bytes": []byte{0, 0xff}, "unset": nil, "empty": "",
			"uri": types.URI{URL: url.URL{Scheme: "urn", Opaque: "x"}}, "when": types.Timestamp{Time: time.Unix(0, 0)}, "int": 12,
			"traceparent": "00-a", "1st": "x", "httpmethod": "GET",
		}
	})
	h := http.Header{}
	if err := cloudevents.SetHeaders(h, ev); err != nil {
		t.Fatal(err)
	}
	want := http.Header{}
	for name, value := range map[string]string{
		"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "t", "ce-subject": "Euro%20%E2%82%AC%20%F0%9F%98%80",
		"ce-time": "2018-04-05T02:56:24.5Z", "ce-dataschema": "https://example.com/s", "content-type": "text/plain; charset=utf-8",
		"ce-text": "a%20%22b%22%20100%25", "ce-flag": "true", "ce-off": "false", "ce-number": "-7", "ce-bytes": "AP8=", "ce-empty": "",
		"ce-uri": "urn:x", "ce-when": "1970-01-01T00:00:00Z", "ce-int": "12", "ce-traceparent": "00-a", "ce-1st": "x", "ce-httpmethod": "GET",
	} {
		want.Set(name, value)
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if !slices.Equal(h[name], want[name]) {
			t.Errorf("%s: %q, want %q", name, h[name], want[name])
		}
	}
	if len(h) != len(want) {
		t.Errorf("%d headers, want %d: %v", len(h), len(want), h)
	}
}

// Each value has its own memory, or adding to one would change the next.
func TestSetHeadersKeepsValuesApart(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	if err := cloudevents.SetHeaders(h, withExtension("a", "1")); err != nil {
		t.Fatal(err)
	}
	for key := range h {
		h.Add(key, "more")
	}
	for key, want := range map[string]string{"Ce-A": "1", "Ce-Id": "1", "Ce-Source": "/s", "Ce-Type": "t", "Ce-Specversion": "1.0"} {
		if h.Get(key) != want {
			t.Errorf("%s: %q, want %q", key, h.Get(key), want)
		}
	}
}

// Without a datacontenttype net/http would guess a Content-Type, and the
// receiver would take the guess for the attribute.
func TestSetHeadersKeepsTheServerFromGuessingAContentType(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		body, err := cloudevents.Write(w.Header(), newEvent(func(ev *event.Event, _ *event.EventContextV1) {
			ev.DataEncoded = []byte("<html>")
		}), cloudevents.Binary)
		if err != nil {
			t.Error(err)
		}
		if _, err := w.Write(body); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	ev, err := cloudevents.Read(response.Header, nil)
	if err != nil {
		t.Fatal(err)
	}
	wantAttrs(t, ev, minimal(nil))
}

// What could not be read back is not written, in any mode.
func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	context := func(change func(*event.EventContextV1)) event.Event {
		return newEvent(func(_ *event.Event, ec *event.EventContextV1) { change(ec) })
	}
	text := func(s string) *string { return &s }
	cases := []struct {
		name, attribute string
		event           event.Event
	}{
		{"no context", "", event.Event{}},
		{"a context that is nil", "", event.Event{Context: (*event.EventContextV1)(nil)}},
		{"version 0.3", "", event.New("0.3")},
		{"no id", "id", context(func(ec *event.EventContextV1) { ec.ID = "" })},
		{"no type", "type", context(func(ec *event.EventContextV1) { ec.Type = "" })},
		{"no source", "source", context(func(ec *event.EventContextV1) { ec.Source = types.URIRef{} })},
		{"a source that is no reference", "source", context(func(ec *event.EventContextV1) { ec.Source.URL = url.URL{Opaque: "a b"} })},
		{"a line break in the id", "id", context(func(ec *event.EventContextV1) { ec.ID = "a\r\nset-cookie: x" })},
		{"a type that is not UTF-8", "type", context(func(ec *event.EventContextV1) { ec.Type = "\xff" })},
		{"an empty subject", "subject", context(func(ec *event.EventContextV1) { ec.Subject = text("") })},
		{"a control character", "subject", context(func(ec *event.EventContextV1) { ec.Subject = text("\x7f") })},
		{"an empty content type", "datacontenttype", context(func(ec *event.EventContextV1) { ec.DataContentType = text("") })},
		{
			"a line break in the content type", "datacontenttype",
			context(func(ec *event.EventContextV1) { ec.DataContentType = text("text/plain\r\nx: y") }),
		},
		{"a relative dataschema", "dataschema", context(func(ec *event.EventContextV1) { ec.DataSchema = types.ParseURI("/x") })},
		{"an empty dataschema", "dataschema", context(func(ec *event.EventContextV1) { ec.DataSchema = &types.URI{} })},
		{
			"a year of five digits", "time",
			context(func(ec *event.EventContextV1) {
				ec.Time = &types.Timestamp{Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}
			}),
		},
		{"a name in upper case", "Foo", withExtension("Foo", "x")},
		{"a name with a line break", "a\nb", withExtension("a\nb", "x")},
		{"an empty name", "", withExtension("", "x")},
		{"the name data", "data", withExtension("data", "x")},
		{"the name of a core attribute", "id", withExtension("id", "x")},
		{"an extension with a line break", "x", withExtension("x", "a\nb")},
		{"a fraction", "x", withExtension("x", 1.5)},
		{"an integer of 33 bits", "x", withExtension("x", math.MaxInt32+1)},
		{"a map", "x", withExtension("x", map[string]any{})},
		{"a nil pointer", "x", withExtension("x", (*types.URI)(nil))},
		{"a time that cannot be written", "x", withExtension("x", time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC))},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, mode := range []cloudevents.Mode{cloudevents.Binary, cloudevents.Structured, cloudevents.Batch} {
				h := http.Header{}
				body, err := cloudevents.Write(h, c.event, mode)
				if err == nil {
					t.Fatalf("%v: written as %v %s", mode, h, body)
				}
				wantFault(t, err, "", "")
				if fault := new(cloudevents.Error); !errors.As(err, &fault) || fault.Attribute != c.attribute {
					t.Errorf("%v: attribute %q, want %q (%v)", mode, fault.Attribute, c.attribute, err)
				}
				if len(h) != 0 {
					t.Errorf("%v: the header was changed: %v", mode, h)
				}
			}
		})
	}
}

// In binary mode such an event would be read as one in structured mode.
func TestSetHeadersRefusesTheMediaTypeOfAnEventFormat(t *testing.T) {
	t.Parallel()
	contentType := "Application/cloudevents+json"
	ev := newEvent(func(ev *event.Event, ec *event.EventContextV1) {
		ec.DataContentType = &contentType
		ev.DataEncoded = []byte(`{}`)
	})
	if err := cloudevents.SetHeaders(http.Header{}, ev); err == nil {
		t.Error("written in binary mode")
	}
	body, err := cloudevents.Write(http.Header{}, ev, cloudevents.Structured)
	if err != nil {
		t.Fatal(err)
	}
	again, err := cloudevents.Read(structured(), body)
	if err != nil {
		t.Fatal(err)
	}
	wantAttrs(t, again, minimal(attrs{"datacontenttype": contentType, "data": "{}"}))
}
