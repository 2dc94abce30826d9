package httpevent_test

import (
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/httpevent"
)

// Each test here is named after a bug that other adapters have.

// format2 creates an event of an HTTP API with a few fields changed.
func format2(t testing.TB, change map[string]any) []byte {
	t.Helper()
	event := map[string]any{
		"version": "2.0", "rawPath": "/", "rawQueryString": "", "headers": map[string]string{"host": "h"},
		"requestContext":  map[string]any{"http": map[string]any{"method": "GET", "sourceIp": "192.0.2.1"}, "stage": "$default"},
		"isBase64Encoded": false,
	}
	maps.Copy(event, change)
	payload, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// decode decodes an event that has no fault.
func decode(t testing.TB, payload []byte) *http.Request {
	t.Helper()
	ev, err := httpevent.Decode(payload)
	if err != nil {
		t.Fatalf("%v\n%s", err, payload)
	}
	return ev.Request
}

func TestBugHeaderValuesSplitAtCommas(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"Date": "Tue, 15 Nov 1994 08:12:31 GMT", "If-None-Match": `"a,b"`, "X-Json": `{"a":1,"b":2}`,
	} {
		r := decode(t, format2(t, map[string]any{"headers": map[string]string{strings.ToLower(name): value}}))
		if got := r.Header[name]; len(got) != 1 || got[0] != value {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestBugCookiesDoubledOrLost(t *testing.T) {
	t.Parallel()
	pairs, line := []string{"a=1", "b=2"}, map[string]string{"cookie": "a=1; b=2"}
	for name, change := range map[string]map[string]any{
		"in both places":      {"cookies": pairs, "headers": line},
		"in cookies only":     {"cookies": pairs, "headers": map[string]string{}},
		"in the header only":  {"headers": line},
		"with empty cookies":  {"cookies": []string{}, "headers": line},
		"with null cookies":   {"cookies": nil, "headers": line},
		"without any headers": {"cookies": pairs, "headers": nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := decode(t, format2(t, change))
			got := r.Cookies()
			if len(got) != 2 || got[0].String() != "a=1" || got[1].String() != "b=2" || len(r.Header["Cookie"]) != 1 {
				t.Errorf("got %v of %q", got, r.Header["Cookie"])
			}
		})
	}
}

func TestBugDecodedPathBreaksURL(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/50%": "/50%25", "/a#frag": "/a%23frag", "/q?x": "/q%3Fx", "/a b": "/a%20b", "/%41": "/%2541", "/\x00\r\n": "/%00%0D%0A",
		"//host/x": "//host/x", "/ü": "/%C3%BC", `/"<>\^` + "`{|}": "/%22%3C%3E%5C%5E%60%7B%7C%7D", "": "/",
	} {
		r := decode(t, format2(t, map[string]any{"rawPath": path, "rawQueryString": "a=1"}))
		if r.RequestURI != want+"?a=1" || r.URL.RawQuery != "a=1" || r.URL.EscapedPath() != want || path != "" && r.URL.Path != path {
			t.Errorf("%q: got %q, URL %q and %q", path, r.RequestURI, r.URL.Path, r.URL.RawQuery)
		}
		if r.URL.Host != "" || r.URL.Fragment != "" {
			t.Errorf("%q: got host %q, fragment %q", path, r.URL.Host, r.URL.Fragment)
		}
	}
}

func TestBugStageStaysInPath(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ stage, path, want string }{
		{"dev", "/dev/x", "/x"},
		{"dev", "/dev", "/"},
		{"dev", "/dev/", "/"},
		{"dev", "/device", "/device"},
		{"dev", "/x", "/x"},
		{"dev", "/dev/dev/x", "/dev/x"},
		{"$default", "/$default/x", "/$default/x"},
		{"", "//x", "//x"},
	} {
		r := decode(t, format2(t, map[string]any{
			"rawPath":        tt.path,
			"requestContext": map[string]any{"http": map[string]any{"method": "GET"}, "stage": tt.stage},
		}))
		if r.URL.Path != tt.want || r.RequestURI != tt.want {
			t.Errorf("%s of stage %q: got %q", tt.path, tt.stage, r.RequestURI)
		}
	}
}

func TestBugWriteHeaderAfterWriteOverwritesStatus(t *testing.T) {
	t.Parallel()
	w := httpevent.NewWriter(httpevent.HTTPAPI, nil)
	w.Header().Set("X-Early", "1")
	_, _ = io.WriteString(w, "{}")
	w.Header().Set("X-Late", "1")
	w.WriteHeader(http.StatusInternalServerError)
	got := answerOf(t, httpevent.HTTPAPI, w.Answer())
	if got.Status != http.StatusOK || got.Header.Get("X-Early") != "1" || got.Header.Get("X-Late") != "" {
		t.Errorf("got %d, %v", got.Status, got.Header)
	}
}

func TestBugRemoteAddrHasNoPort(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string]string{
		"192.0.2.1": "192.0.2.1:0", "2001:db8::1": "[2001:db8::1]:0", "": "0.0.0.0:0", "test-invoke-source-ip": "0.0.0.0:0",
		"192.0.2.1:99": "192.0.2.1:99", "[2001:db8::1]:99": "[2001:db8::1]:99",
	} {
		context := map[string]any{"http": map[string]any{"method": "GET", "sourceIp": ip}}
		got := decode(t, format2(t, map[string]any{"requestContext": context})).RemoteAddr
		if _, _, err := net.SplitHostPort(got); got != want || err != nil {
			t.Errorf("%q: got %q, %v", ip, got, err)
		}
	}
}

func TestBugFlusherIsMissing(t *testing.T) {
	t.Parallel()
	var w http.ResponseWriter = httpevent.NewWriter(httpevent.URL, nil)
	flusher, ok := w.(http.Flusher)
	if !ok {
		t.Fatal("the writer is no Flusher")
	}
	flusher.Flush()
	if err := http.NewResponseController(w).Flush(); err != nil {
		t.Errorf("the controller says %v", err)
	}
}

func TestBugRequestURIAndContentLengthAreMissing(t *testing.T) {
	t.Parallel()
	r := decode(t, format2(t, map[string]any{
		"rawPath": "/x", "rawQueryString": "a=%20", "body": "AAEC/w==", "isBase64Encoded": true,
		"headers": map[string]string{"content-length": "8", "host": "shop"},
	}))
	if r.RequestURI != "/x?a=%20" || r.ContentLength != 4 || r.Header.Get("Content-Length") != "4" || r.Host != "shop" || r.Header.Get("Host") != "" {
		t.Errorf("got %q, %d, %v, %q", r.RequestURI, r.ContentLength, r.Header, r.Host)
	}
	if body := readAll(t, r); body != "\x00\x01\x02\xff" {
		t.Errorf("got %q", body)
	}
}

func TestBugContextHeadersAreSpoofed(t *testing.T) {
	t.Parallel()
	r := decode(t, format2(t, map[string]any{"headers": map[string]string{
		"X-AMZN-Request-Context": "{}", "x-amzn-lambda-context": "{}", "Connection": "x-kept", "Transfer-Encoding": "chunked",
		"x-kept": "1", "x-amzn-trace-id": "Root=1",
	}}))
	if len(r.Header) != 2 || r.Header.Get("X-Kept") != "1" || r.Header.Get("X-Amzn-Trace-Id") != "Root=1" {
		t.Errorf("got %v", r.Header)
	}
}

func TestBugManyCookiesOfAnAnswerBecomeOne(t *testing.T) {
	t.Parallel()
	for _, source := range sources() {
		w := httpevent.NewWriter(source, nil)
		for _, cookie := range []string{"a=1; Expires=Tue, 15 Nov 2044 08:12:31 GMT", "b=2", "c=3"} {
			w.Header().Add("Set-Cookie", cookie)
		}
		got := answerOf(t, source, w.Answer()).Header["Set-Cookie"]
		if len(got) != 3 || got[0] != "a=1; Expires=Tue, 15 Nov 2044 08:12:31 GMT" || got[1] != "b=2" || got[2] != "c=3" {
			t.Errorf("%s: got %q", source, got)
		}
	}
}

func TestBugMultiValueLoadBalancerRefusesTheAnswer(t *testing.T) {
	t.Parallel()
	w := httpevent.NewWriter(httpevent.ALBMulti, nil)
	w.Header().Set("Connection", "close")
	_, _ = io.WriteString(w, "x")
	const want = `{"statusCode":200,"statusDescription":"200 OK","multiValueHeaders":{"Content-Type":["text/plain; charset=utf-8"]},` +
		`"body":"x","isBase64Encoded":false}`
	if got := string(w.Answer()); got != want {
		t.Errorf("got %s", got)
	}
}
