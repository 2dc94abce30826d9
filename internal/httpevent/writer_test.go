package httpevent_test

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/httpevent"
)

func request(method string) *http.Request {
	return &http.Request{Method: method, Header: http.Header{}}
}

func TestWriterBehavesAsAServers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		method  string
		handler http.HandlerFunc
		want    string
	}{
		"nothing": {"GET", func(http.ResponseWriter, *http.Request) {}, `{"statusCode":200,"headers":{},"body":"","isBase64Encoded":false}`},
		"first status": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusCreated)
			w.WriteHeader(http.StatusTeapot)
			w.Header().Set("X-Late", "1")
		}, `{"statusCode":201,"headers":{},"body":"","isBase64Encoded":false}`},
		"no status at all": {
			"GET", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(0) },
			`{"statusCode":500,"headers":{},"body":"","isBase64Encoded":false}`,
		},
		"type is found": {
			"GET", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
			`{"statusCode":200,"headers":{"Content-Type":"text/html; charset=utf-8"},"body":"<html>","isBase64Encoded":false}`,
		},
		"type is not wanted": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			_, _ = io.WriteString(w, "a")
		}, `{"statusCode":200,"headers":{},"body":"YQ==","isBase64Encoded":true}`},
		"compressed": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "text/plain")
			_, _ = w.Write([]byte{0x1f, 0x8b, 8})
		}, `{"statusCode":200,"headers":{"Content-Encoding":"gzip","Content-Type":"text/plain"},"body":"H4sI","isBase64Encoded":true}`},
		"HEAD": {"HEAD", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "3")
			if n, err := w.Write([]byte("abc")); n != 3 || err != nil {
				t.Errorf("HEAD: got %d, %v", n, err)
			}
		}, `{"statusCode":200,"headers":{"Content-Length":"3","Content-Type":"text/plain; charset=utf-8"},"body":"","isBase64Encoded":false}`},
		"204": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
			if n, err := w.Write([]byte("abc")); n != 0 || !errors.Is(err, http.ErrBodyNotAllowed) {
				t.Errorf("204: got %d, %v", n, err)
			}
		}, `{"statusCode":204,"headers":{},"body":"","isBase64Encoded":false}`},
		"304": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			w.WriteHeader(http.StatusNotModified)
		}, `{"statusCode":304,"headers":{"Content-Length":"9"},"body":"","isBase64Encoded":false}`},
		"headers": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["x-raw"] = []string{"1"}
			w.Header()["bad name"] = []string{"1"}
			w.Header()["set-cookie"] = []string{"a=1"}
			w.Header().Add("Vary", "Accept")
			w.Header().Add("Vary", "Origin")
			w.Header().Set("X-Lines", "a\r\nSet-Cookie: evil=1")
			w.Header().Set("Trailer:X", "1")
			w.Header().Set("Transfer-Encoding", "chunked")
			w.Header().Set("Content-Length", "77")
		}, `{"statusCode":200,"headers":{"Vary":"Accept, Origin","X-Lines":"a  Set-Cookie: evil=1","X-Raw":"1"},"cookies":["a=1"],` +
			`"body":"","isBase64Encoded":false}`},
		"flushed": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			w.Header().Set("X-Late", "1")
			_, _ = w.Write([]byte("{}"))
		}, `{"statusCode":200,"headers":{"Content-Type":"text/plain; charset=utf-8"},"body":"{}","isBase64Encoded":false}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := httpevent.NewWriter(httpevent.URL, request(tt.method))
			tt.handler(w, nil)
			if got := string(w.Answer()); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestControllerIsToldWhatIsNotSupported(t *testing.T) {
	t.Parallel()
	c := http.NewResponseController(httpevent.NewWriter(httpevent.REST, request("GET")))
	_, _, hijack := c.Hijack()
	for name, err := range map[string]error{
		"write deadline": c.SetWriteDeadline(time.Time{}), "read deadline": c.SetReadDeadline(time.Time{}),
		"full duplex": c.EnableFullDuplex(), "hijack": hijack,
	} {
		if !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
