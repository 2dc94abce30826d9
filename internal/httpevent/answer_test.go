package httpevent_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/httpevent"
)

func TestAnswersTakeTheFormOfTheirSource(t *testing.T) {
	t.Parallel()
	for source, want := range map[httpevent.Source]string{
		httpevent.HTTPAPI: `{"statusCode":404,"headers":{"Content-Type":"application/json","X-A":"1, 2"},"cookies":["a=1","b=2"],` +
			`"body":"{\"a\":\"\u00e9\"}","isBase64Encoded":false}`,
		httpevent.REST: `{"statusCode":404,"multiValueHeaders":{"Content-Type":["application/json"],"Set-Cookie":["a=1","b=2"],"X-A":["1","2"]},` +
			`"body":"{\"a\":\"\u00e9\"}","isBase64Encoded":false}`,
		httpevent.ALB: `{"statusCode":404,"statusDescription":"404 Not Found","headers":{"Content-Type":"application/json","X-A":"1, 2",` +
			`"Set-Cookie":"a=1","set-Cookie":"b=2"},"body":"{\"a\":\"\u00e9\"}","isBase64Encoded":false}`,
	} {
		w := httpevent.NewWriter(source, nil)
		w.Header().Set("Content-Type", "application/json")
		w.Header()["X-A"] = []string{"1", "2"}
		w.Header()["Set-Cookie"] = []string{"a=1", "b=2"}
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.WriteString(`{"a":"é"}`)
		if got := string(w.Answer()); got != strings.ReplaceAll(want, `\u00e9`, "é") {
			t.Errorf("%s: got  %s\nwant %s", source, got, want)
		}
	}
}

func TestBodiesAreTextOnlyWhereThatIsSafe(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		contentType, body string
		text              bool
	}{
		{"text/plain", "a", true},
		{"TEXT/HTML ; charset=utf-8", "a", true},
		{"application/json", "{}", true},
		{"application/problem+json; x=y", "{}", true},
		{"application/cloudevents-batch+json", "[]", true},
		{"image/svg+xml", "<svg/>", true},
		{"application/x-www-form-urlencoded", "a=1", true},
		{"text/plain; charset=iso-8859-1", "h\xe9", false},
		{"application/json", "\xff", false},
		{"application/octet-stream", "a", false},
		{"image/png", "\x89PNG", false},
		{"application/jsonx", "{}", false},
		{"image/png", "", true},
	} {
		w := httpevent.NewWriter(httpevent.HTTPAPI, nil)
		w.Header().Set("Content-Type", tt.contentType)
		_, _ = w.WriteString(tt.body)
		answer := w.Answer()
		var got struct{ IsBase64Encoded bool }
		if err := json.Unmarshal(answer, &got); err != nil || got.IsBase64Encoded == tt.text {
			t.Errorf("%s %q: %v, got %s", tt.contentType, tt.body, err, answer)
		}
		if body := string(answerOf(t, httpevent.HTTPAPI, answer).Body); body != tt.body {
			t.Errorf("%s: %q became %q", tt.contentType, tt.body, body)
		}
	}
}

func TestAnswerAboveTheLimitIsAProblem(t *testing.T) {
	t.Parallel()
	overhead := len(`{"statusCode":200,"headers":{"Content-Type":"text/plain"},"body":"","isBase64Encoded":false}`)
	for name, tt := range map[string]struct {
		contentType, body string
		status            int
	}{
		"as large as can be": {"text/plain", strings.Repeat("x", httpevent.MaxAnswer-overhead), 200},
		"one byte more":      {"text/plain", strings.Repeat("x", httpevent.MaxAnswer-overhead+1), 500},
		"by its escapes":     {"text/plain", strings.Repeat("\x01", httpevent.MaxAnswer/5), 500},
		"by base64":          {"image/png", strings.Repeat("x", httpevent.MaxAnswer*4/5), 500},
		"base64 that fits":   {"image/png", strings.Repeat("x", httpevent.MaxAnswer/4*3-300), 200},
		"far above":          {"text/plain", strings.Repeat("x", 2*httpevent.MaxAnswer), 500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := httpevent.NewWriter(httpevent.HTTPAPI, nil)
			w.Header().Set("Content-Type", tt.contentType)
			w.Header().Set("Content-Length", strconv.Itoa(len(tt.body)-1)) // wrong, and gone therefore
			_, _ = w.WriteString(tt.body)
			payload := w.Answer()
			got := answerOf(t, httpevent.HTTPAPI, payload)
			if got.Status != tt.status || len(payload) > httpevent.MaxAnswer {
				t.Fatalf("got status %d in %d bytes", got.Status, len(payload))
			}
			if tt.status == http.StatusOK {
				return
			}
			var doc functions.Problem
			if err := json.Unmarshal(got.Body, &doc); err != nil || !strings.Contains(doc.Detail, "6291556") ||
				got.Header.Get("Content-Type") != functions.ProblemContentType {
				t.Errorf("got %s, %v", got.Body, err)
			}
		})
	}
}

func TestPanicOfAHandlerIsAnAnswer(t *testing.T) {
	t.Parallel()
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte("half"))
		panic("secret")
	})
	for _, source := range sources() {
		payload, err := httpevent.Serve(source, handler, request("GET"))
		var caught *httpevent.PanicError
		if !errors.As(err, &caught) || caught.Value != "secret" || len(caught.Stack) == 0 || err.Error() != "the handler panicked: secret" {
			t.Errorf("got %v", err)
		}
		got := answerOf(t, source, payload)
		if got.Status != 500 || got.Header.Get("Content-Type") != functions.ProblemContentType || strings.Contains(string(got.Body), "secret") {
			t.Errorf("%s: got %d %v %s", source, got.Status, got.Header, got.Body)
		}
	}
	aborts := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	if _, err := httpevent.Serve(httpevent.URL, aborts, request("GET")); !errors.Is(err, http.ErrAbortHandler) {
		t.Errorf("got %v", err)
	}
}

func FuzzAnswerRoundTrip(f *testing.F) {
	f.Add(200, "X-A", "1,2", "3", "a=1, b", "text/plain", []byte("h\u00e9\x00\"\\"))
	f.Add(404, "Vary", "", " ", "", "image/png", []byte{0xff})
	f.Add(599, "Set-Cookie", "a", "b", "c", "", []byte("<html>"))
	f.Fuzz(func(t *testing.T, status int, name, first, second, cookie, contentType string, body []byte) {
		name = http.CanonicalHeaderKey(name)
		if status < 200 || status > 599 || status == 204 || status == 304 || !token(name) || taken(name) || !value(first) || !value(second) ||
			!value(cookie) || !value(contentType) {
			return
		}
		for _, source := range sources() {
			w := httpevent.NewWriter(source, request("GET"))
			w.Header()[name] = []string{first, second}
			w.Header().Add("Set-Cookie", cookie)
			w.Header().Set("Content-Type", contentType)
			want := w.Header().Clone()
			if one := []httpevent.Source{httpevent.HTTPAPI, httpevent.URL, httpevent.ALB}; slices.Contains(one, source) && name != "Set-Cookie" {
				want[name] = []string{first + ", " + second}
			}
			w.WriteHeader(status)
			_, _ = w.Write(body)
			payload := w.Answer()
			if !json.Valid(payload) || !utf8.Valid(payload) {
				t.Fatalf("%s: no JSON: %q", source, payload)
			}
			got := answerOf(t, source, payload)
			if diff := cmp.Diff(want, got.Header); diff != "" || got.Status != status || string(got.Body) != string(body) {
				t.Errorf("%s: got %d %q (-want +got):\n%s", source, got.Status, got.Body, diff)
			}
		}
	})
}
