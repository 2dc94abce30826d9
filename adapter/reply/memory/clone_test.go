package memory_test

import (
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
)

func stored(t *testing.T, s *memory.Store, id reply.ID) reply.Reply {
	t.Helper()
	rec, err := s.Lookup(t.Context(), id)
	if err != nil {
		t.Fatalf("Lookup: %v", err)
	}
	return rec.Reply
}

func TestDataIsHandedOnAndNotCopied(t *testing.T) {
	t.Parallel()
	clock := newClock()
	store := memory.New(memory.Options{Now: clock.Now})
	r := newReply(request(clock.Now(), 1), 100)
	mustComplete(t, store, r)
	if got := stored(t, store, r.ID); &got.Event.DataEncoded[0] != &r.Event.DataEncoded[0] {
		t.Error("the data was copied")
	}
}

func TestAttributesCannotBeAlteredThroughPointers(t *testing.T) {
	t.Parallel()
	for _, version := range []string{event.CloudEventsVersionV1, event.CloudEventsVersionV03} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			store := memory.New(memory.Options{Now: clock.Now})
			r := newReply(request(clock.Now(), 1), 100)
			r.Event.SetSpecVersion(version)
			r.Event.SetSubject("subject")
			r.Event.SetDataSchema("https://shop.example/schema")
			r.Event.SetExtension("binary", []byte("binary"))
			want := r.Event.String()
			mustComplete(t, store, r)

			scribble(t, r.Event)
			first := stored(t, store, r.ID)
			if got := first.Event.String(); got != want {
				t.Errorf("changed by who put it in:\n%s\nwant:\n%s", got, want)
			}
			scribble(t, first.Event)
			if got := stored(t, store, r.ID).Event.String(); got != want {
				t.Errorf("changed by who looked it up:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// scribble writes through everything in an event that points somewhere.
func scribble(t *testing.T, ev event.Event) {
	t.Helper()
	var extensions map[string]any
	switch ec := ev.Context.(type) {
	case *event.EventContextV1:
		ec.ID = "changed"
		*ec.Subject, *ec.DataContentType = "changed", "changed"
		ec.Time.Time = ec.Time.AddDate(1, 0, 0)
		ec.DataSchema.Path = "/changed"
		extensions = ec.Extensions
	case *event.EventContextV03:
		ec.ID = "changed"
		*ec.Subject, *ec.DataContentType = "changed", "changed"
		ec.Time.Time = ec.Time.AddDate(1, 0, 0)
		ec.SchemaURL.Path = "/changed"
		extensions = ec.Extensions
	}
	binary, ok := extensions["binary"].([]byte)
	if !ok {
		t.Fatal("the extension is not binary")
	}
	binary[0] = 'X'
	extensions["added"] = "changed"
}

func TestAnEventWithoutAttributesIsKept(t *testing.T) {
	t.Parallel()
	clock := newClock()
	store := memory.New(memory.Options{Now: clock.Now})
	r := reply.Reply{Request: request(clock.Now(), 1), Event: event.Event{DataEncoded: []byte("data")}}
	mustComplete(t, store, r)
	if got := stored(t, store, r.ID).Event; got.Context != nil || string(got.DataEncoded) != "data" {
		t.Errorf("the event came back as %+v", got)
	}
}

// The SDK panics when it clones an extension of a type that it does not know.
func TestAnExtensionOfAForeignTypeIsNoPanic(t *testing.T) {
	t.Parallel()
	clock := newClock()
	store := memory.New(memory.Options{Now: clock.Now})
	r := newReply(request(clock.Now(), 1), 100)
	r.Event.Context = &event.EventContextV1{ID: "1", Extensions: map[string]any{"count": uint64(7)}}
	mustComplete(t, store, r)
	if got := stored(t, store, r.ID).Event.Extensions()["count"]; got != uint64(7) {
		t.Errorf("the extension came back as %v", got)
	}
}

func TestTheKeyOfTheRegisteredRequestCountsIfTheReplyHasNone(t *testing.T) {
	t.Parallel()
	clock := newClock()
	store := memory.New(memory.Options{Now: clock.Now})
	c := newClaim(clock.Now(), "key")
	mustClaim(t, store, c)
	r := request(clock.Now(), 1)
	r.ID, r.Key = c.Owner, c.Key
	mustRegister(t, store, r)
	r.Key = ""
	mustComplete(t, store, newReply(r, 10))
	if got := stored(t, store, r.ID).Key; got != "key" {
		t.Errorf("the reply has the key %q, want %q", got, "key")
	}
}
