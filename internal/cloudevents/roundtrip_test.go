package cloudevents_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"unicode/utf8"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/internal/cloudevents"
)

// roundTrip writes an event that was read in every mode, and reads it again.
func roundTrip(t *testing.T, ev event.Event) {
	t.Helper()
	want := attrsOf(ev)
	body, err := cloudevents.AppendExact(nil, ev)
	if err != nil {
		t.Fatalf("AppendExact: %v", err)
	}
	again, err := cloudevents.Read(structured(), body)
	if err != nil {
		t.Fatalf("AppendExact cannot be read back: %v\n%s", err, body)
	}
	wantAttrs(t, again, want)
	second, err := cloudevents.AppendExact(nil, again)
	if err != nil || string(second) != string(body) {
		t.Errorf("the second writing differs: %v\n%s\n%s", err, body, second)
	}

	h := http.Header{}
	if body, err = cloudevents.Write(h, ev, cloudevents.Batch); err != nil {
		t.Fatalf("WriteBatch: %v", err)
	}
	if events, err := cloudevents.ReadBatch(h, body); err != nil || len(events) != 1 {
		t.Fatalf("WriteBatch cannot be read back: %v\n%s", err, body)
	}

	if containsFold(ev.DataContentType(), "application/cloudevents") {
		return // cannot be sent in binary mode
	}
	h = http.Header{}
	if err := cloudevents.SetHeaders(h, ev); err != nil {
		t.Fatalf("SetHeaders: %v", err)
	}
	if again, err = cloudevents.Read(h, ev.DataEncoded); err != nil {
		t.Fatalf("SetHeaders cannot be read back: %v\n%v", err, h)
	}
	for name, value := range want { // headers carry no types
		switch v := value.(type) {
		case bool:
			want[name] = map[bool]string{true: "true", false: "false"}[v]
		case int32:
			want[name] = again.Extensions()[name]
			if got, ok := want[name].(string); !ok || got == "" || (got[0] == '-') != (v < 0) {
				t.Errorf("%s = %v, want the digits of %d", name, got, v)
			}
		}
	}
	wantAttrs(t, again, want)
	for key, values := range h {
		for _, value := range values {
			if key != "Content-Type" && !isPrintable(value) {
				t.Errorf("header %s is not printable ASCII: %q", key, value)
			}
		}
	}
}

func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Whatever is read can be written in every mode and read back the same.
func FuzzStructuredRoundTrip(f *testing.F) {
	for _, more := range []string{
		``, `,"data":{"a":1}`, `,"datacontenttype":"text/plain","data":"\ud83d\ude00"`, `,"x":-1,"y":true,"z":"a%20 \"b","subject":"é"`,
		`,"data_base64":"AP8=","time":"2016-12-31T23:59:60Z","dataschema":"HTTP://h/#"`,
		`,"datacontenttype":"application/json","data_base64":"IDEK"`,
	} {
		f.Add([]byte(object(more)))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		ev, err := cloudevents.Read(structured(), body)
		if err != nil {
			return
		}
		roundTrip(t, ev)
	})
}

// Any string that an event may have as an attribute comes through a header.
func FuzzBinaryRoundTrip(f *testing.F) {
	f.Add("1", "/s", "Euro%20%E2%82%AC", `"a \" b"`, "text/plain", []byte("x"))
	f.Add("%41", "HTTP://h#", "%2520", "", "application/json", []byte(" 1 "))
	f.Fuzz(func(t *testing.T, id, source, subject, extension, contentType string, data []byte) {
		h := header("ce-id", id, "ce-source", source, "ce-subject", subject, "ce-x", extension, "content-type", contentType)
		ev, err := cloudevents.Read(h, data)
		if err != nil {
			return
		}
		roundTrip(t, ev)
	})
}

// The scanner takes what encoding/json takes, but for text that is not UTF-8
// and for what is nested deeper.
func FuzzScannerAgainstEncodingJSON(f *testing.F) {
	for _, text := range []string{
		`{"a":[1,-0.5e+10,true,false,null,"\u00e9\n\/",{}],"":[]}`, ` 1 `, `01`, `-`, `1.`, `"\x"`, `[1,]`, `{"a":1,}`, `nul`, `"`,
		`{"a"}`, "\"\x01\"",
		`"\ud800"`, `[[[[]]]]`, `1 2`, `{,}`, `[,]`, "\ufeff1", `1e`, `+1`, `.5`, `{"a":1 "b":2}`, "\x00", "1\x00",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		contentType := "application/json"
		body, err := cloudevents.AppendStructured(nil, newEvent(func(ev *event.Event, ec *event.EventContextV1) {
			ec.DataContentType, ev.DataEncoded = &contentType, text
		}))
		if err != nil {
			t.Fatal(err)
		}
		embedded := bytes.Contains(body, []byte(`,"data":`))
		shallow := bytes.Count(text, []byte("["))+bytes.Count(text, []byte("{")) < 500
		if want := json.Valid(text) && utf8.Valid(text); embedded != want && shallow {
			t.Errorf("embedded = %v, want %v: %q", embedded, want, text)
		}
		if !json.Valid(body) {
			t.Errorf("not JSON: %q", body)
		}
	})
}
