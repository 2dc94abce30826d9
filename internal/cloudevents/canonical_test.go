package cloudevents_test

import (
	"net/http"
	"net/url"
	"reflect"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/internal/cloudevents"
)

// A hop in binary or structured mode must not change an event that is canonical.
func TestTheCanonicalFormSurvivesAHop(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	at := time.Date(2026, time.January, 2, 3, 4, 5, 600, time.FixedZone("", 2*60*60))
	for name, ec := range map[string]*event.EventContextV1{
		"plain": {ID: "1", Type: "t", Source: types.URIRef{URL: url.URL{Path: "/a"}}},
		"everything": {
			ID: "1 ü", Type: "t", Source: *types.ParseURIRef("https://user@example.com/a%20b?c#d"), Subject: text(`Zürich "€" 100%`),
			Time: &types.Timestamp{Time: at}, DataContentType: text(" text/plain; charset=utf-8 "), DataSchema: types.ParseURI("HTTPS://x/s"),
			Extensions: map[string]any{"Num": 7, "flag": true, "at": at, "bytes": []byte{0, 255}, "empty": "", "none": nil, "uri": types.ParseURI("urn:x")},
		},
		"what is empty": {ID: "1", Type: "t", Source: types.URIRef{URL: url.URL{Path: "/a"}}, Subject: text(""), DataContentType: text("")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, err := cloudevents.Canonical(event.Event{Context: ec, DataEncoded: []byte("x"), DataBase64: true})
			if err != nil {
				t.Fatal(err)
			}
			if again, err := cloudevents.Canonical(want); err != nil || again.Context != want.Context {
				t.Errorf("the canonical form has another one: %v, %v", again, err)
			}
			for _, mode := range []cloudevents.Mode{cloudevents.Binary, cloudevents.Structured} {
				header := http.Header{}
				body, err := cloudevents.Write(header, want, mode)
				if err != nil {
					t.Fatal(err)
				}
				got, err := cloudevents.Read(header, body)
				if err != nil {
					t.Fatal(err)
				}
				got.DataBase64 = false // it says how the data was written
				g, w := got.Context.(*event.EventContextV1), want.Context.(*event.EventContextV1)
				if len(g.Extensions)+len(w.Extensions) == 0 {
					g.Extensions = w.Extensions
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("mode %d:\ngot  %#v\nwant %#v", mode, got.Context, want.Context)
				}
			}
		})
	}
}

func TestTheCanonicalFormCostsNothing(t *testing.T) { //nolint:paralleltest // AllocsPerRun counts all goroutines
	text := "text/plain"
	ev := event.Event{Context: &event.EventContextV1{
		ID: "1", Type: "t", Source: types.URIRef{URL: url.URL{Path: "/a"}}, Subject: &text, DataContentType: &text,
		Time: &types.Timestamp{Time: time.Unix(1, 0).UTC()}, Extensions: map[string]any{"a": "b"},
	}, DataEncoded: []byte("x")}
	if got := testing.AllocsPerRun(100, func() { _, _ = cloudevents.Canonical(ev) }); got != 0 {
		t.Errorf("%g allocations", got)
	}
}
