package invoke

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func FuzzNameOf(f *testing.F) {
	for _, seed := range []string{
		"letters", "letters:live", "000000000000:function:letters", "arn:aws:lambda:us-east-1:000000000000:function:letters:$LATEST",
		"function:", ":function::", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := nameOf(s)
		if strings.Contains(got, ":") || !strings.Contains(s, got) {
			t.Fatalf("%q is named %q", s, got)
		}
		if got == "" || got == "function" {
			return // and no name to go on with
		}
		for _, form := range []string{got, got + ":live", "function:" + got, "arn:aws:lambda:r:1:function:" + got + ":live"} {
			if again := nameOf(form); again != got {
				t.Fatalf("%q is named %q, not %q", form, again, got)
			}
		}
	})
}

// Whatever a function has for its error, the result is one, and its payload
// what the function sent.
func FuzzFunctionError(f *testing.F) {
	for _, seed := range []string{`{"errorType":"T","errorMessage":"m"}`, `{"errorType":1}`, "", "null", "[]", "{"} {
		f.Add("T", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		if r := functionFailed(body); r.FunctionError != Unhandled || string(r.Payload) != string(body) {
			t.Fatalf("got %+v", r)
		}
		trailer := http.Header{trailerErrorType: {kind}, trailerErrorBody: {base64.StdEncoding.EncodeToString(body)}}
		r := trailerError(trailer)
		if r.FunctionError != Unhandled || r.ErrorType != kind || len(body) > 0 && string(r.Payload) != string(body) ||
			len(body) == 0 && !json.Valid(r.Payload) {
			t.Fatalf("got %+v", r)
		}
	})
}

func FuzzReadCall(f *testing.F) {
	f.Add([]byte("{}"), "e30=", int64(10))
	f.Add([]byte("{}"), "***", int64(1))
	f.Add([]byte(nil), "", int64(0))
	f.Fuzz(func(t *testing.T, body []byte, client string, limit int64) {
		limit = max(0, limit%64)
		for _, length := range []int64{int64(len(body)), -1} { // as it is, and unknown
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(string(body)))
			r.ContentLength = length
			r.Header.Set("X-Amz-Client-Context", client)
			c, err := readCall(r, limit, "Event")
			if int64(len(body)) > limit && err == nil {
				t.Fatalf("%d of %d bytes were taken", len(body), limit)
			}
			if err == nil && (string(c.payload) != string(body) || strings.ContainsAny(c.clientContext, "\r\n")) {
				t.Fatalf("got %+v", c)
			}
		}
	})
}
