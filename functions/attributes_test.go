package functions_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/functions"
)

func with(name string, value any) event.Event {
	return event.Event{Context: &event.EventContextV1{Extensions: map[string]any{name: value}}}
}

func with03(name string, value any) event.Event {
	return event.Event{Context: &event.EventContextV03{Extensions: map[string]any{name: value}}}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		ev   event.Event
		want string
	}{
		"values":        {with(functions.AttrHTTPQuery, "a=1&b=x%20y&a=2"), "a=1&a=2&b=x+y"},
		"CloudEvents03": {with03(functions.AttrHTTPQuery, "a=1"), "a=1"},
		"none":          {event.New(), ""},
		"no context":    {event.Event{}, ""},
		"a number":      {with(functions.AttrHTTPQuery, int32(1)), "1="},
		"bad escape":    {with(functions.AttrHTTPQuery, "a=%zz"), ""},
		"semicolon":     {with(functions.AttrHTTPQuery, "a=1;b=2"), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := functions.Query(tt.ev)
			if got == nil || got.Encode() != tt.want {
				t.Errorf("got %v, want %s", got, tt.want)
			}
			got.Set("mine", "1") // must be writable, and nobody else's
			if functions.Query(tt.ev).Has("mine") {
				t.Error("the values are shared")
			}
		})
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ name, attr string }{
		"usual":      {"Accept-Language", "httpacceptlanguage"},
		"lower case": {"accept-language", "httpacceptlanguage"},
		"digits":     {"X-B3-TraceId", "httpxb3traceid"},
		"odd":        {"X_Ü.1", "httpx1"},
		"empty":      {"", "http"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := functions.HeaderAttr(tt.name); got != tt.attr {
				t.Errorf("got attribute %s, want %s", got, tt.attr)
			}
			for _, ev := range []event.Event{with(tt.attr, "a, b"), with03(tt.attr, "a, b")} {
				if got := functions.Header(ev, tt.name); got != "a, b" {
					t.Errorf("got %q", got)
				}
			}
			if got := functions.Header(event.Event{}, tt.name); got != "" {
				t.Errorf("got %q of an event without attributes", got)
			}
		})
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		ev     event.Event
		status int
		ok     bool
	}{
		"no context":    {event.Event{}, 200, true},
		"none":          {event.New(), 200, true},
		"number":        {with(functions.AttrHTTPStatus, int32(201)), 201, true},
		"text":          {with(functions.AttrHTTPStatus, "404"), 404, true}, // from a header of a remote step
		"CloudEvents03": {with03(functions.AttrHTTPStatus, "503"), 503, true},
		"lowest":        {with(functions.AttrHTTPStatus, int32(200)), 200, true},
		"highest":       {with(functions.AttrHTTPStatus, int32(599)), 599, true},
		"informational": {with(functions.AttrHTTPStatus, int32(199)), 199, false},
		"too high":      {with(functions.AttrHTTPStatus, "600"), 600, false},
		"no number":     {with(functions.AttrHTTPStatus, "fine"), 0, false},
		"another type":  {with(functions.AttrHTTPStatus, true), 0, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if status, ok := functions.Status(tt.ev); status != tt.status || ok != tt.ok {
				t.Errorf("got %d, %v, want %d, %v", status, ok, tt.status, tt.ok)
			}
		})
	}
}

func TestSetStatusIsReadBack(t *testing.T) {
	t.Parallel()
	for _, version := range []string{event.CloudEventsVersionV1, event.CloudEventsVersionV03} {
		ev := event.New(version)
		functions.SetStatus(&ev, 202)
		functions.SetStatus(&ev, 201)
		if status, ok := functions.Status(ev); status != 201 || !ok || len(ev.FieldErrors) != 0 {
			t.Errorf("%s: got %d, %v, %v", version, status, ok, ev.FieldErrors)
		}
	}
}

func TestAttributesAreReadWhateverTheirType(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.January, 2, 3, 4, 5, 0, time.FixedZone("", 2*60*60))
	tests := map[string]struct {
		value any
		text  string
		n     int
		b     bool
		at    time.Time
		is    string // of which kinds it is
	}{
		"number":       {int32(-7), "-7", -7, false, time.Time{}, "int"},
		"its text":     {"-7", "-7", -7, false, time.Time{}, "int"},
		"true":         {true, "true", 0, true, time.Time{}, "bool"},
		"its text too": {"true", "true", 0, true, time.Time{}, "bool"},
		"false":        {"false", "false", 0, false, time.Time{}, "bool"},
		"time":         {types.Timestamp{Time: at}, "2026-01-02T01:04:05Z", 0, false, at.UTC(), "time"},
		"time as text": {"2026-01-02T03:04:05+02:00", "2026-01-02T03:04:05+02:00", 0, false, at.UTC(), "time"},
		"bytes":        {[]byte("hi"), "aGk=", 0, false, time.Time{}, ""},
		"link":         {types.URI{URL: url.URL{Scheme: "urn", Opaque: "x"}}, "urn:x", 0, false, time.Time{}, ""},
		"word":         {"True", "True", 0, false, time.Time{}, ""},
		"too large":    {"2147483648", "2147483648", 0, false, time.Time{}, ""},
		"fraction":     {"1.5", "1.5", 0, false, time.Time{}, ""},
		"empty":        {"", "", 0, false, time.Time{}, ""},
		"none":         {nil, "", 0, false, time.Time{}, ""},
		"no type":      {struct{}{}, "", 0, false, time.Time{}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ev := event.Event{Context: &event.EventContextV1{Extensions: map[string]any{"x": tt.value}}}
			if got := functions.Attribute(ev, "x"); got != tt.text {
				t.Errorf("text %q, want %q", got, tt.text)
			}
			if got, ok := functions.Int(ev, "x"); ok != (tt.is == "int") || ok && got != tt.n {
				t.Errorf("int %d, %v", got, ok)
			}
			if got, ok := functions.Bool(ev, "x"); ok != (tt.is == "bool") || got != tt.b {
				t.Errorf("bool %v, %v", got, ok)
			}
			if got, ok := functions.Time(ev, "x"); ok != (tt.is == "time") || ok && got != tt.at {
				t.Errorf("time %s, %v", got, ok)
			}
		})
	}
}

func FuzzHeaderAttr(f *testing.F) {
	const kelvin = "\u212a" // its lower case is k
	for _, seed := range []string{"", "Accept-Language", "X-Ü", "\xff", "X B", kelvin} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		attr := functions.HeaderAttr(name)
		if !strings.HasPrefix(attr, "http") || !event.IsExtensionNameValid(attr) || attr != strings.ToLower(attr) {
			t.Fatalf("%q gives the attribute %q", name, attr)
		}
		if got := functions.HeaderAttr(strings.ReplaceAll(name, "-", "")); got != attr {
			t.Fatalf("a dash counts: %q and %q", got, attr)
		}
		ev := event.New()
		ev.SetExtension(attr, "v")
		if got := functions.Header(ev, name); got != "v" {
			t.Fatalf("header %q reads %q", name, got)
		}
	})
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"", "a=1&a=2", "%zz", ";", "=&=&", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		got := functions.Query(with(functions.AttrHTTPQuery, query))
		want, err := url.ParseQuery(query)
		if err != nil {
			want = nil
		}
		if got == nil || got.Encode() != want.Encode() {
			t.Fatalf("%q gives %v, want %v", query, got, want)
		}
	})
}
