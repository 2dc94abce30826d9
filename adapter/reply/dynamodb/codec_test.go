package dynamodb_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/dynamodb"
)

func packer(t testing.TB) *dynamodb.Store {
	t.Helper()
	s, err := dynamodb.New(dynamodb.Options{Client: &interposed{}, Table: "none"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestExtensionsKeepTheirTypes(t *testing.T) {
	t.Parallel()
	want := answer(request(time.Now()), []byte("x"))
	values := map[string]any{
		"text": "2026-01-01T00:00:00Z", "number": int32(-7), "yes": true, "bytes": []byte{0, 255},
		"at": types.Timestamp{Time: time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)}, "uri": *types.ParseURI("https://a.example/b?c"),
		"ref": *types.ParseURIRef("../up"),
	}
	for name, value := range values {
		want.Event.SetExtension(name, value)
	}
	plain, err := dynamodb.EncodeForTest(want)
	must(t, err)
	got, _, err := dynamodb.DecodeForTest(plain)
	must(t, err)
	if d := cmp.Diff(want.Event.Extensions(), got.Extensions()); d != "" {
		t.Error(d)
	}
}

func TestOnlyWhatShrinksIsCompressed(t *testing.T) {
	t.Parallel()
	s := packer(t)
	for name, tt := range map[string]struct {
		plain   []byte
		smaller bool
	}{
		"nothing":              {nil, false},
		"small":                {bytes.Repeat([]byte("a"), 1000), false},
		"text":                 {bytes.Repeat([]byte("homing "), 1000), true},
		"noise":                {noise(10_000), false},
		"much noise":           {noise(1_000_000), false},
		"noise, then a text":   {append(noise(40_000), bytes.Repeat([]byte("a"), 400_000)...), true},
		"a text, then noise":   {append(bytes.Repeat([]byte("a"), 400_000), noise(40_000)...), true},
		"a mebibyte of one":    {make([]byte, 1<<20), true},
		"as large as two ends": {noise(64 << 10), false},
	} {
		packed := dynamodb.PackForTest(s, tt.plain)
		if got := len(packed) < len(tt.plain); got != tt.smaller || len(packed) > len(tt.plain)+1 {
			t.Errorf("%s: %d bytes became %d", name, len(tt.plain), len(packed))
		}
		if back, err := dynamodb.UnpackForTest(packed); err != nil || !bytes.Equal(back, tt.plain) {
			t.Errorf("%s: %d bytes came back, %v", name, len(back), err)
		}
	}
}

func TestAnEventThatCannotBeReadBackIsRefused(t *testing.T) {
	t.Parallel()
	api := &interposed{}
	s := newStore(t, api, dynamodb.Options{})
	r := answer(request(time.Now()), nil)
	r.Event = event.New(event.CloudEventsVersionV03)
	if err := s.Complete(t.Context(), r); err == nil || !strings.Contains(err.Error(), "complete") || api.total != 0 {
		t.Errorf("got %v after %d calls", err, api.total)
	}
}

func FuzzReplyComesBack(f *testing.F) {
	f.Add("id", "type", "text", []byte("data"), true, "step", int64(0))
	f.Add("ü", "\u2028", "", []byte{}, false, "", int64(-1))
	f.Add("a", "b", "c", bytes.Repeat([]byte("ab"), 3000), false, "\n", int64(1))
	s := packer(f)
	f.Fuzz(func(t *testing.T, id, kind, extension string, data []byte, base64 bool, step string, nanos int64) {
		r := answer(request(time.Unix(1_800_000_000, 0)), data)
		r.Event.SetID(id)
		r.Event.SetType(kind)
		r.Event.SetExtension("ext", extension)
		r.Event.DataBase64 = base64
		r.Progress = []reply.Progress{{Step: strings.ToValidUTF8(step, ""), Time: time.Unix(0, nanos).UTC()}}
		plain, err := dynamodb.EncodeForTest(r)
		if err != nil {
			return // it is not valid
		}
		back, err := dynamodb.UnpackForTest(dynamodb.PackForTest(s, plain))
		if err != nil {
			t.Fatal(err)
		}
		ev, progress, err := dynamodb.DecodeForTest(back)
		if err != nil {
			t.Fatalf("%v\n%q", err, plain)
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
	plain, err := dynamodb.EncodeForTest(answer(request(time.Unix(1_800_000_000, 0)), bytes.Repeat([]byte("data"), 1000)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(dynamodb.PackForTest(packer(f), plain))
	f.Add(append([]byte("p"), plain...))
	f.Add([]byte("z\xff\xff\xff\xff\x03"))
	f.Add([]byte(`p{"e":{"specversion":"1.0","id":"a","source":"/","type":"t","x":"!"},"t":{"x":"bytes"}}`))
	f.Fuzz(func(t *testing.T, packed []byte) {
		back, err := dynamodb.UnpackForTest(packed)
		if err != nil {
			return
		}
		ev, progress, err := dynamodb.DecodeForTest(back)
		if err != nil {
			return
		}
		if _, err := dynamodb.EncodeForTest(reply.Reply{Event: ev, Progress: progress}); err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}
