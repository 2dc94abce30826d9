package thumbnail_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"
)

// overJSON sends an event to another process as JSON.
func overJSON(t *testing.T, ev event.Event) event.Event {
	t.Helper()
	text, err := json.Marshal(ev)
	if err != nil {
		t.Fatal(err)
	}
	var out event.Event
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// overHTTP sends it in binary mode, where every attribute becomes text.
func overHTTP(t *testing.T, ev event.Event) event.Event {
	t.Helper()
	out := ev
	out.Context = ev.Context.Clone()
	for name, value := range ev.Extensions() {
		out.SetExtension(name, fmt.Sprint(value))
	}
	out.DataEncoded = bytes.Clone(ev.DataEncoded)
	return out
}

// overBareHTTP loses all attributes of the picture, as a step of another make
// between two of ours may do.
func overBareHTTP(t *testing.T, ev event.Event) event.Event {
	t.Helper()
	out := overHTTP(t, ev)
	for _, name := range []string{"imageformat", "imagewidth", "imageheight", "imageorientation"} {
		out.SetExtension(name, nil)
	}
	return out
}

func TestSplitChainRepliesTheSameBytes(t *testing.T) {
	t.Parallel()
	for name, body := range everyFormat(t) {
		for _, r := range []request{
			{body: body},
			{body: body, query: "w=11&q=60", accept: "image/jpeg"},
			{body: body, query: "h=13", accept: "image/png"},
		} {
			t.Run(fmt.Sprint(name, " ", r.query), func(t *testing.T) {
				t.Parallel()
				want, err := call(t, r)
				if err != nil {
					t.Fatal(err)
				}
				for how, carry := range map[string]func(*testing.T, event.Event) event.Event{
					"JSON": overJSON, "HTTP": overHTTP, "HTTP without attributes": overBareHTTP,
				} {
					ev := r.event()
					for _, step := range r.steps() {
						out, err := step(t.Context(), carry(t, ev))
						if err != nil {
							t.Fatalf("over %s: %v", how, err)
						}
						ev = *out
					}
					ev = carry(t, ev)
					if !bytes.Equal(ev.Data(), want.Data()) || ev.DataContentType() != want.DataContentType() {
						t.Errorf("over %s the reply differs", how)
					}
				}
			})
		}
	}
}

func TestSameRequestGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	for name, body := range everyFormat(t) {
		first, err := call(t, request{body: body})
		if err != nil {
			t.Fatal(err)
		}
		second, err := call(t, request{body: bytes.Clone(body)})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Data(), second.Data()) {
			t.Errorf("%s: the replies differ", name)
		}
	}
}
