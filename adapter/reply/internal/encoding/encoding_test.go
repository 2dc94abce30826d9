package encoding_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/internal/encoding"
)

func newReply(data []byte) reply.Reply {
	ev := event.Event{Context: &event.EventContextV1{ID: "1", Type: "reply"}, DataEncoded: data}
	ev.SetSource("/orders")
	return reply.Reply{Event: ev}
}

func TestExtensionsKeepTheirTypes(t *testing.T) {
	t.Parallel()
	want := newReply([]byte("x"))
	for name, value := range map[string]any{
		"text": "2026-01-01T00:00:00Z", "number": int32(-7), "yes": true, "bytes": []byte{0, 255},
		"at": types.Timestamp{Time: time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)}, "uri": *types.ParseURI("https://a.example/b?c"),
		"ref": *types.ParseURIRef("../up"),
	} {
		want.Event.SetExtension(name, value)
	}
	stored, err := encoding.Append(nil, want)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := encoding.Read(stored)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want.Event.Extensions(), got.Extensions()); d != "" {
		t.Error(d)
	}
}

func TestWhatWasThereBeforeIsKept(t *testing.T) {
	t.Parallel()
	first, err := encoding.Append(nil, newReply([]byte("first")))
	if err != nil {
		t.Fatal(err)
	}
	both, err := encoding.Append(first, newReply(nil))
	if err != nil || !bytes.HasPrefix(both, first) {
		t.Fatalf("got %q, %v", both, err)
	}
	if ev, _, err := encoding.Read(both[len(first):]); err != nil || ev.DataEncoded != nil {
		t.Errorf("got %v, %v", ev, err)
	}
}

func FuzzReplyComesBack(f *testing.F) {
	f.Add("id", "type", "text", []byte("data"), true, "step", int64(0))
	f.Add("ü", "\u2028", "", []byte{}, false, "", int64(-1))
	f.Add("a", "b", "c", bytes.Repeat([]byte("ab"), 3000), false, "\n", int64(1))
	f.Fuzz(func(t *testing.T, id, kind, extension string, data []byte, base64 bool, step string, nanos int64) {
		r := newReply(data)
		r.Event.SetID(id)
		r.Event.SetType(kind)
		r.Event.SetExtension("ext", extension)
		r.Event.DataBase64 = base64
		r.Progress = []reply.Progress{{Step: strings.ToValidUTF8(step, ""), Time: time.Unix(0, nanos).UTC()}}
		stored, err := encoding.Append(nil, r)
		if err != nil {
			return // it is not valid
		}
		ev, progress, err := encoding.Read(stored)
		if err != nil {
			t.Fatalf("%v\n%q", err, stored)
		}
		if !bytes.Equal(ev.DataEncoded, data) || (ev.DataEncoded == nil) != (data == nil) || ev.DataBase64 != base64 {
			t.Errorf("data %q became %q", data, ev.DataEncoded)
		}
		if ev.ID() != r.Event.ID() || ev.Type() != r.Event.Type() || ev.Extensions()["ext"] != extension {
			t.Errorf("attributes became %v", ev)
		}
		if d := cmp.Diff(r.Progress, progress); d != "" {
			t.Error(d)
		}
	})
}

func FuzzWhatIsStoredIsReadOrRefused(f *testing.F) {
	stored, err := encoding.Append(nil, newReply(bytes.Repeat([]byte("data"), 1000)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(stored)
	f.Add([]byte(`{"e":{"specversion":"1.0","id":"a","source":"/","type":"t","x":"!"},"t":{"x":"bytes"}}`))
	f.Add([]byte(`{"e":{"specversion":"1.0","id":"a","source":"/","type":"t"},"t":{"x":"uri"}}` + "\nx"))
	f.Fuzz(func(t *testing.T, stored []byte) {
		ev, progress, err := encoding.Read(stored)
		if err != nil {
			return
		}
		if _, err := encoding.Append(nil, reply.Reply{Event: ev, Progress: progress}); err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}
