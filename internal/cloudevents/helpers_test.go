package cloudevents_test

import (
	"errors"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/internal/cloudevents"
)

// attrs is an event as a flat map: attributes by name, time as text, and
// "data" as a string if there is data.
type attrs map[string]any

func attrsOf(ev event.Event) attrs {
	out := attrs{
		"specversion": ev.SpecVersion(),
		"id":          ev.ID(),
		"source":      ev.Source(),
		"type":        ev.Type(),
	}
	ec, ok := ev.Context.(*event.EventContextV1)
	if !ok {
		return out
	}
	if ec.DataContentType != nil {
		out["datacontenttype"] = *ec.DataContentType
	}
	if ec.DataSchema != nil {
		out["dataschema"] = ec.DataSchema.String()
	}
	if ec.Subject != nil {
		out["subject"] = *ec.Subject
	}
	if ec.Time != nil {
		out["time"] = ec.Time.UTC().Format(time.RFC3339Nano)
	}
	maps.Copy(out, ec.Extensions)
	if len(ev.DataEncoded) > 0 {
		out["data"] = string(ev.DataEncoded)
	}
	return out
}

// minimal is the least that an event has, with what a case adds.
func minimal(more attrs) attrs {
	out := attrs{"specversion": "1.0", "id": "1", "source": "/s", "type": "t"}
	maps.Copy(out, more)
	return out
}

func wantAttrs(t *testing.T, got event.Event, want attrs) {
	t.Helper()
	have := attrsOf(got)
	for name := range want {
		if have[name] != want[name] {
			t.Errorf("%s = %#v, want %#v", name, have[name], want[name])
		}
	}
	for name := range have {
		if _, ok := want[name]; !ok {
			t.Errorf("%s = %#v, want none", name, have[name])
		}
	}
}

// header creates a header of names and values in turn, on top of the four that
// are required; an empty value takes one out.
func header(pairs ...string) http.Header {
	h := http.Header{}
	for _, pair := range [][2]string{
		{"ce-specversion", "1.0"}, {"ce-id", "1"}, {"ce-source", "/s"}, {"ce-type", "t"},
	} {
		h.Set(pair[0], pair[1])
	}
	for i := 0; i < len(pairs); i += 2 {
		if h.Del(pairs[i]); pairs[i+1] != "" {
			h.Set(pairs[i], pairs[i+1])
		}
	}
	return h
}

func structured() http.Header {
	return http.Header{"Content-Type": {cloudevents.StructuredType}}
}

// wantFault checks an *Error: its header or pointer, and its detail if one is
// given.
func wantFault(t *testing.T, err error, place, detail string) {
	t.Helper()
	var fault *cloudevents.Error
	if !errors.As(err, &fault) {
		t.Fatalf("error = %v, want a *cloudevents.Error at %s", err, place)
	}
	if got := fault.Header + fault.Pointer; got != place {
		t.Errorf("the fault is at %q, want %q (%v)", got, place, err)
	}
	if detail != "" && fault.Detail != detail {
		t.Errorf("detail = %q, want %q", fault.Detail, detail)
	}
	if errors.Is(err, cloudevents.ErrUnsupported) {
		t.Error("a fault must not count as unsupported")
	}
}
