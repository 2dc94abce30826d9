package functions_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

type line struct {
	SKU string `json:"sku"`
}

type order struct {
	Count  int8           `json:"count"`
	Price  float64        `json:"price"`
	Gift   bool           `json:"gift"`
	Lines  []line         `json:"lines"`
	Ship   line           `json:"ship"`
	Labels map[string]int `json:"labels"`
	Due    time.Time      `json:"due"`
}

func ExampleTyped() {
	type in struct{ Name string }
	type out struct{ Greeting string }
	greet := functions.Typed(func(_ context.Context, who in) (out, error) {
		if who.Name == "" {
			return out{}, functions.Invalid(functions.FieldError{Pointer: "#/Name", Detail: "is missing"})
		}
		return out{Greeting: "Hello " + who.Name}, nil
	})

	for _, body := range []string{`{"Name":"Ada"}`, `{}`, `{"Name":`} {
		reply, err := greet(context.Background(), event.Event{DataEncoded: []byte(body)})
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(string(reply.Data()))
	}
	// Output:
	// {"Greeting":"Hello Ada"}
	// Invalid request: 1 field is wrong; see errors; #/Name: is missing
	// Bad Request: the body is not JSON: unexpected end of JSON input at byte 8
}

// U+FFFD stood in the place of the byte.
func TestTypedRefusesWhatIsNotUTF8(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"{\"sku\":\"h\xe9\"}":               "not UTF-8 at byte 9",
		"\ufeff{\"sku\":\"h\xe9\"}":         "not UTF-8 at byte 12",
		"{\"h\xe9\":\"\"}":                  "not UTF-8 at byte 3",
		"{\"x\":{\"y\":[\"\\u00e9\xff\"]}}": "not UTF-8 at byte 18",
		"\xff\xfe{\x00}\x00":                "not UTF-8 at byte 0",
		"{\"sku\":\"\xc3":                   "not UTF-8 at byte 8",
		"{\"sku\":\"\xed\xa0\x80\"}":        "not UTF-8 at byte 8", // a surrogate
		`{"sku":"a\ud800"}`:                 "half of a surrogate pair at byte 9",
		`{"sku":"a\udc00\ud800"}`:           "half of a surrogate pair at byte 9",
		`{"sku":"\ud83d\ude00\ud83dx"}`:     "half of a surrogate pair at byte 20",
		"\ufeff{\"sku\":}":                  "at byte 11",
		"\ufeff":                            "the body is empty",
		"\ufeff\ufeff{}":                    "the body is not JSON",
		`{"sku":"\`:                         "the body is not JSON",
		`{"sku":"\ud800`:                    "the body is not JSON",
	} {
		for name, run := range map[string]func() (bool, error){
			"struct": func() (bool, error) { _, called, err := decodeInto[line](t, []byte(body)); return called, err },
			"raw": func() (bool, error) {
				_, called, err := decodeInto[json.RawMessage](t, []byte(body))
				return called, err
			},
		} {
			called, err := run()
			var own *functions.Error
			if called || !errors.As(err, &own) || own.StatusCode() != http.StatusBadRequest || !strings.Contains(own.Detail, want) {
				t.Errorf("%q, %s: got %v, want 400 %s", body, name, err, want)
			}
		}
	}
	for body, want := range map[string]string{
		"\ufeff{\"sku\":\"é\"}":         "é",
		`{"sku":"\ud83d\ude00\\ud800"}`: "\U0001F600\\ud800",
		"{\"sku\":\"\ufffd\"}":          "\ufffd",
		`{"sku":"\ufffd \\ \" \u00e9"}`: "\ufffd \\ \" é",
	} {
		if got, called, err := decodeInto[line](t, []byte(body)); err != nil || !called || got.SKU != want {
			t.Errorf("%q: got %q, %v", body, got.SKU, err)
		}
	}
}

// decodeInto runs a Typed function that only reads its input.
func decodeInto[In any](t testing.TB, data []byte) (got In, called bool, err error) {
	t.Helper()
	f := functions.Typed(func(_ context.Context, in In) (struct{}, error) {
		got, called = in, true
		return struct{}{}, nil
	})
	_, err = f(t.Context(), event.Event{DataEncoded: data})
	return got, called, err
}

func TestTypedRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	const tooDeep = "the body is not JSON: invalid character '[' exceeded max depth at byte 10001"
	tests := map[string]struct {
		data            string
		status          int
		detail, pointer string
	}{
		"empty":             {"", 400, "the body is empty; send a JSON document", ""},
		"only space":        {" \n\t", 400, "the body is empty; send a JSON document", ""},
		"no JSON":           {"count=1", 400, "the body is not JSON: invalid character 'c' looking for beginning of value at byte 1", ""},
		"ends too early":    {`{"count":1`, 400, "the body is not JSON: unexpected end of JSON input at byte 10", ""},
		"two documents":     {`{}{}`, 400, "the body is not JSON: invalid character '{' after top-level value at byte 3", ""},
		"too deep":          {strings.Repeat("[", 20000), 400, tooDeep, ""},
		"wrong document":    {`[]`, 422, "must be an object, but is a JSON array", "#"},
		"string for number": {`{"count":"1"}`, 422, "must be a whole number in range, but is a JSON string", "#/count"},
		"fraction":          {`{"count":1.5}`, 422, "must be a whole number in range, but is a JSON number 1.5", "#/count"},
		"out of range":      {`{"count":128}`, 422, "must be a whole number in range, but is a JSON number 128", "#/count"},
		"bool for float":    {`{"price":true}`, 422, "must be a number, but is a JSON bool", "#/price"},
		"number for bool":   {`{"gift":1}`, 422, "must be true or false, but is a JSON number", "#/gift"},
		"object for array":  {`{"lines":{}}`, 422, "must be an array, but is a JSON object", "#/lines"},
		"array for map":     {`{"labels":[]}`, 422, "must be an object, but is a JSON array", "#/labels"},
		"nested":            {`{"ship":{"sku":7}}`, 422, "must be a string, but is a JSON number", "#/ship/sku"},
		"a method refuses":  {`{"due":"soon"}`, 422, "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, called, err := decodeInto[order](t, []byte(tt.data))
			var got *functions.Error
			if !errors.As(err, &got) || called {
				t.Fatalf("got %v, called: %v", err, called)
			}
			if got.Status != tt.status {
				t.Errorf("got status %d (%v), want %d", got.Status, err, tt.status)
			}
			if tt.pointer != "" {
				if len(got.Errors) != 1 || got.Errors[0] != (functions.FieldError{Pointer: tt.pointer, Detail: tt.detail}) {
					t.Errorf("got %+v", got.Errors)
				}
			} else if tt.detail != "" && got.Detail != tt.detail || got.Detail == "" {
				t.Errorf("got detail %q", got.Detail)
			}
		})
	}
}

func TestTypedReadsWhatItCan(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"document": `{"count":1}`, "unknown field": `{"count":1,"colour":"red"}`, "space around": " {\"count\":1}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, called, err := decodeInto[order](t, []byte(data))
			if err != nil || !called || got.Count != 1 {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	if got, called, err := decodeInto[*order](t, []byte("null")); err != nil || !called || got != nil {
		t.Errorf("null: got %+v, %v", got, err)
	}
}

func TestTypedWritesJSON(t *testing.T) {
	t.Parallel()
	f := functions.Typed(func(_ context.Context, in []int) (map[string][]int, error) {
		return map[string][]int{"twice": append(in, in...)}, nil
	})
	out, err := f(t.Context(), event.Event{DataEncoded: []byte("[1,2]")})
	if err != nil {
		t.Fatal(err)
	}
	if string(out.Data()) != `{"twice":[1,2,1,2]}` || out.DataContentType() != event.ApplicationJSON {
		t.Errorf("got %s %s", out.DataContentType(), out.Data())
	}
	if out.ID() != "" || out.Type() != "" || len(out.Extensions()) != 0 {
		t.Errorf("the vertex cannot fill in what is set: %v", out)
	}
}

func TestTypedHandsErrorsOn(t *testing.T) {
	t.Parallel()
	want := functions.Errorf(http.StatusConflict, "gone")
	f := functions.Typed(func(context.Context, int) (int, error) { return 1, want })
	if out, err := f(t.Context(), event.Event{DataEncoded: []byte("1")}); err != error(want) || out != nil { //nolint:errorlint // as it is
		t.Errorf("got %v, %v", out, err)
	}
}

func TestTypedResultThatIsNoJSONIsAnErrorWithoutStatus(t *testing.T) {
	t.Parallel()
	f := functions.Typed(func(context.Context, int) (float64, error) { return math.NaN(), nil })
	out, err := f(t.Context(), event.Event{DataEncoded: []byte("1")})
	var coded interface{ StatusCode() int }
	if out != nil || err == nil || errors.As(err, &coded) {
		t.Errorf("got %v, %v", out, err)
	}
}

func FuzzTypedDecode(f *testing.F) {
	for _, seed := range []string{
		``, ` `, `{}`, `[]`, `null`, `{"count":1}`, `{"count":"x"}`, `{"ship":{"sku":7}}`,
		`{"lines":[{"sku":1}]}`, `{"due":"x"}`, `{"labels":{"a.b/c":"x"}}`, "\xff", `{`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, called, err := decodeInto[order](t, data)
		var want order
		if readable := json.Unmarshal(data, &want) == nil; readable != called || called != (err == nil) {
			t.Fatalf("called: %v, error %v for %q", called, err, data)
		}
		if err == nil {
			return
		}
		var got *functions.Error
		if !errors.As(err, &got) || got.Status != 400 && got.Status != 422 || got.Detail == "" {
			t.Fatalf("%q is answered with %+v", data, err)
		}
		if status400 := got.Status == 400; status400 == json.Valid(data) {
			t.Fatalf("status %d for %q", got.Status, data)
		}
		for _, e := range got.Errors {
			if !strings.HasPrefix(e.Pointer, "#") || e.Detail == "" {
				t.Fatalf("%q: %+v", data, e)
			}
		}
	})
}
