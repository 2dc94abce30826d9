package cloudevents_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/internal/cloudevents"
)

// The order of the members is fixed, so that equal events are equal bytes.
func TestAppendStructuredWritesMembersInAFixedOrder(t *testing.T) {
	t.Parallel()
	ev := newEvent(func(ev *event.Event, ec *event.EventContextV1) {
		contentType, subject := "application/json", "a\"b\\c/<é>\u2028"
		ec.DataContentType, ec.Subject = &contentType, &subject
		ec.Time = &types.Timestamp{Time: time.Date(2018, 4, 5, 3, 56, 24, 0, time.UTC)}
		ec.DataSchema = types.ParseURI("urn:x")
		ec.Extensions = map[string]any{"b": int32(-1), "a": true, "c": "x", "d": []byte("1"), "e": nil, "f": false}
		ev.DataEncoded = []byte(`{"k": 1}`)
	})
	const want = `head{"specversion":"1.0","id":"1","source":"/s","type":"t","datacontenttype":"application/json","dataschema":"urn:x",` +
		`"subject":"a\"b\\c/<é>` + "\u2028" + `","time":"2018-04-05T03:56:24Z","a":true,"b":-1,"c":"x","d":"MQ==","f":false,"data":{"k": 1}}`
	for range 20 { // maps have no order
		got, err := cloudevents.AppendStructured([]byte("head"), ev)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	}
}

// How data is embedded (JSON format section 3.1.1).
func TestAppendStructuredEmbedsData(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 600) + strings.Repeat("]", 600)
	cases := []struct{ name, contentType, data, want, exact string }{
		{"JSON", "application/json", `{"a" : [1.0]}`, `"data":{"a" : [1.0]}`, ""},
		{"JSON of another type", "application/problem+json", `true`, `"data":true`, ""},
		{"JSON in other letters", "TEXT/JSON;charset=utf-8", `"x"`, `"data":"x"`, ""},
		{"null", "application/json", `null`, `"data":null`, ""},
		{"JSON with white space around", "application/json", " 1\n", `"data":1`, `"data_base64":"IDEK"`},
		{"JSON without a type", "", `1`, `"data":1`, `"data_base64":"MQ=="`},
		{"no JSON, though declared", "application/json", `{`, `"data_base64":"ew=="`, ""},
		{"two JSON values", "application/json", `1 2`, `"data_base64":"MSAy"`, ""},
		{"JSON that is not UTF-8", "application/json", "\"\xff\"", `"data_base64":"Iv8i"`, ""},
		{"JSON in UTF-16", "application/json;charset=utf-16", "1\x00", `"data_base64":"MQA="`, ""},
		{"no data", "application/json", "", "", ""},
		{"text", "text/plain", "a\"\\\n\r\t\x00\x1f\x7f€", `"data":"a\"\\\n\r\t\u0000\u001F` + "\x7f" + `€"`, ""},
		{"text that is not UTF-8", "text/plain", "\xe9", `"data_base64":"6Q=="`, ""},
		{"text in Latin-1", "text/plain; charset=iso-8859-1", "e", `"data_base64":"ZQ=="`, ""},
		{"XML", "application/atom+xml", "<a/>", `"data":"<a/>"`, ""},
		{"bytes", "application/octet-stream", "abc", `"data_base64":"YWJj"`, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ev := newEvent(func(ev *event.Event, ec *event.EventContextV1) {
				if c.contentType != "" {
					ec.DataContentType = &c.contentType
				}
				ev.DataEncoded = []byte(c.data)
			})
			wantData(t, "AppendStructured", cloudevents.AppendStructured, ev, c.want)
			if c.exact == "" {
				c.exact = c.want
			}
			wantData(t, "AppendExact", cloudevents.AppendExact, ev, c.exact)
		})
	}
	contentType := "application/json"
	got, err := cloudevents.AppendStructured(nil, newEvent(func(ev *event.Event, ec *event.EventContextV1) {
		ec.DataContentType, ev.DataEncoded = &contentType, []byte(deep)
	}))
	if err != nil || !strings.Contains(string(got), `"data_base64":`) {
		t.Errorf("JSON that is too deep to be read back is embedded: %v", err)
	}
}

func wantData(t *testing.T, name string, write func([]byte, event.Event) ([]byte, error), ev event.Event, want string) {
	t.Helper()
	got, err := write(nil, ev)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(got) {
		t.Errorf("%s: not JSON: %s", name, got)
	}
	_, data, _ := strings.Cut(string(got), `"data`)
	if data != "" {
		data = `"data` + data
	}
	if strings.HasPrefix(data, `"datacontenttype`) {
		_, data, _ = strings.Cut(data, ",")
	}
	if data = strings.TrimSuffix(data, "}"); data != want {
		t.Errorf("%s: %s, want %s", name, data, want)
	}
}

// A carrier must not change a reply: data and datacontenttype come back to
// the byte.
func TestAppendExactKeepsEveryByte(t *testing.T) {
	t.Parallel()
	for _, contentType := range []string{"", "application/json", "text/plain", "image/png"} {
		for _, data := range []string{"", "{}", "{}\n", " [1]", "\"x\"", "null", "\xff\x00", "text", "\ufeff{}", "a\u2028b"} {
			ev := newEvent(func(ev *event.Event, ec *event.EventContextV1) {
				if contentType != "" {
					ec.DataContentType = &contentType
				}
				ev.DataEncoded = []byte(data)
			})
			body, err := cloudevents.AppendExact(nil, ev)
			if err != nil {
				t.Fatal(err)
			}
			got, err := cloudevents.Read(structured(), body)
			if err != nil {
				t.Fatalf("%s: %v", body, err)
			}
			wantAttrs(t, got, attrsOf(ev))
		}
	}
}

func TestAppendGivesBackItsBufferOnAnError(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func([]byte, event.Event) ([]byte, error){
		"AppendStructured": cloudevents.AppendStructured,
		"AppendExact":      cloudevents.AppendExact,
		"AppendBatch": func(dst []byte, ev event.Event) ([]byte, error) {
			return cloudevents.AppendBatch(dst, []event.Event{newEvent(nil), ev})
		},
	} {
		got, err := write([]byte("kept"), withExtension("x", "\n"))
		if err == nil || string(got) != "kept" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestWriteTakesNoneForBinary(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	body, err := cloudevents.Write(h, newEvent(func(ev *event.Event, _ *event.EventContextV1) { ev.DataEncoded = []byte("x") }), cloudevents.None)
	if err != nil || string(body) != "x" || h.Get("Ce-Id") != "1" {
		t.Errorf("%s %v %v", body, h, err)
	}
}

func TestWriteStructuredSetsItsContentTypeAlone(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	body, err := cloudevents.Write(h, newEvent(nil), cloudevents.Structured)
	if err != nil || string(body) != object("") || len(h) != 1 || h.Get("Content-Type") != cloudevents.StructuredType {
		t.Errorf("%s %v %v", body, h, err)
	}
}
