package httpbody_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/httpbody"
)

const limit = 100_000

func request(t *testing.T, r io.Reader, length int64) *http.Request {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", r)
	req.ContentLength = length
	return req
}

func TestReadWithinTheLimit(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{
		"empty": 0, "one": 1, "trusted": 64 << 10, "not trusted": 64<<10 + 1, "as large as it may be": limit,
	} {
		for _, announced := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				want := bytes.Repeat([]byte("x"), size)
				length := int64(-1)
				if announced {
					length = int64(size)
				}
				w := httptest.NewRecorder()
				got, err := httpbody.Read(w, request(t, iotest.OneByteReader(bytes.NewReader(want)), length), limit)
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("announced %v: got %d bytes, %v", announced, len(got), err)
				}
				if w.Header().Get("Connection") != "" {
					t.Error("the connection is closed for nothing")
				}
			})
		}
	}
}

// errorStatus gives the status of an error of Read.
func errorStatus(t *testing.T, err error) int {
	t.Helper()
	var own *functions.Error
	if !errors.As(err, &own) || own.Detail == "" {
		t.Fatalf("got %v, which is no problem", err)
	}
	return own.StatusCode()
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		body   io.Reader
		length int64
		status int
	}{
		"announced as too large": {iotest.ErrReader(errors.New("it was read")), limit + 1, 413},
		"streamed too large":     {strings.NewReader(strings.Repeat("x", limit+1)), -1, 413},
		"without an end":         {endless{}, -1, 413},
		"shorter than announced": {strings.NewReader("x"), 2, 400},
		"nothing of it":          {strings.NewReader(""), 2, 400},
		"broken":                 {iotest.ErrReader(io.ErrUnexpectedEOF), -1, 400},
		"slow":                   {iotest.ErrReader(os.ErrDeadlineExceeded), 10, 408},
		"slow at length":         {iotest.ErrReader(os.ErrDeadlineExceeded), limit, 408},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := httpbody.Read(httptest.NewRecorder(), request(t, tt.body, tt.length), limit)
			if got := errorStatus(t, err); got != tt.status {
				t.Errorf("got %d, want %d: %v", got, tt.status, err)
			}
		})
	}
}

// endless is a body that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestNothingButTheHeaderIsReadOfWhatIsAnnouncedAsTooLarge(t *testing.T) {
	t.Parallel()
	r := iotest.ErrReader(errors.New("the body was read"))
	w := httptest.NewRecorder()
	_, err := httpbody.Read(w, request(t, r, limit+1), limit)
	if errorStatus(t, err) != http.StatusRequestEntityTooLarge || w.Header().Get("Connection") != "close" {
		t.Errorf("got %v, %v", err, w.Header())
	}
}

func TestALargeLengthAloneCostsNoMemory(t *testing.T) {
	t.Parallel()
	const huge = 1 << 40
	_, err := httpbody.Read(httptest.NewRecorder(), request(t, strings.NewReader("x"), huge), huge)
	// This reader, unlike that of net/http, does not say that it was cut.
	if err != nil {
		t.Errorf("got %v", err)
	}
}

func TestACutBodyOverASocket(t *testing.T) {
	t.Parallel()
	got := make(chan error, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := httpbody.Read(w, r, 1<<20)
		got <- err
	}))
	defer srv.Close()
	for _, length := range []int{10, 100_000} {
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, err = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\nshort", length)
		if err := errors.Join(err, conn.Close()); err != nil {
			t.Fatal(err)
		}
		if status := errorStatus(t, <-got); status != http.StatusBadRequest {
			t.Errorf("%d bytes announced: got %d", length, status)
		}
	}
}
