package httpbody_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/homing-dev/homing/internal/httpbody"
)

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestACodedBodyIsReadAsIfItWereNot(t *testing.T) {
	t.Parallel()
	want := bytes.Repeat([]byte("x"), limit)
	for name, tt := range map[string]struct {
		lines []string
		body  []byte
	}{
		"gzip":     {[]string{"GZIP"}, gzipped(t, want)},
		"twice":    {[]string{"x-gzip", "identity, gzip"}, gzipped(t, gzipped(t, want))},
		"identity": {[]string{"identity"}, want},
		"empty":    {[]string{""}, want},
	} {
		for _, announced := range []bool{true, false} {
			r := request(t, bytes.NewReader(tt.body), -1)
			r.Header["Content-Encoding"] = tt.lines
			if announced {
				r.ContentLength = int64(len(tt.body))
				r.Header.Set("Content-Length", "1")
			}
			got, err := httpbody.Read(httptest.NewRecorder(), r, limit)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: got %d bytes, %v", name, len(got), err)
			}
			length := ""
			if announced {
				length = "100000"
			}
			if _, there := r.Header["Content-Encoding"]; there || r.Header.Get("Content-Length") != length {
				t.Errorf("%s: the header is %v", name, r.Header)
			}
		}
	}
}

func TestACodedRequestWithoutABodyHasNone(t *testing.T) {
	t.Parallel()
	r := request(t, http.NoBody, 0)
	r.Header.Set("Content-Encoding", "gzip")
	if got, err := httpbody.Read(httptest.NewRecorder(), r, limit); len(got) > 0 || err != nil || r.Header.Get("Content-Encoding") != "" {
		t.Errorf("got %q, %v, %v", got, err, r.Header)
	}
}

func TestReadRefusesACodedBody(t *testing.T) {
	t.Parallel()
	small, large := gzipped(t, []byte("x")), gzipped(t, make([]byte, limit+1))
	unread := iotest.ErrReader(errors.New("it was read"))
	for name, tt := range map[string]struct {
		coding string
		body   io.Reader
		length int64
		status int
		closed bool
	}{
		"bomb":                        {"gzip", bytes.NewReader(large), int64(len(large)), 413, true},
		"announced as too large":      {"gzip", unread, 2 * limit, 413, true},
		"identity, too large":         {"identity", unread, limit + 1, 413, true},
		"streamed too large":          {"gzip", io.MultiReader(bytes.NewReader(small), endless{}), -1, 400, false},
		"unknown":                     {"gzip, compress", unread, 10, 415, false},
		"broken":                      {"gzip", strings.NewReader("{}"), 2, 400, false},
		"cut short":                   {"gzip", bytes.NewReader(small[:len(small)-1]), -1, 400, false},
		"with something behind":       {"gzip", io.MultiReader(bytes.NewReader(small), strings.NewReader("x")), -1, 400, false},
		"slow":                        {"gzip", io.MultiReader(bytes.NewReader(small[:9]), iotest.ErrReader(os.ErrDeadlineExceeded)), 99, 408, false},
		"shorter than its length":     {"gzip", io.MultiReader(bytes.NewReader(small[:9]), iotest.ErrReader(io.ErrUnexpectedEOF)), 99, 400, false},
		"more codings than are taken": {"br,br,br,br,br,br", unread, 10, 415, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request(t, tt.body, tt.length)
			r.Header.Set("Content-Encoding", tt.coding)
			w := httptest.NewRecorder()
			_, err := httpbody.Read(w, r, limit)
			if got := errorStatus(t, err); got != tt.status || (w.Header().Get("Connection") == "close") != tt.closed {
				t.Errorf("got %d, want %d: %v, %v", got, tt.status, err, w.Header())
			}
			accepted := w.Header().Get("Accept-Encoding")
			if (accepted == "gzip, deflate, br, zstd") != (tt.status == 415) {
				t.Errorf("Accept-Encoding: %q", accepted)
			}
		})
	}
}
