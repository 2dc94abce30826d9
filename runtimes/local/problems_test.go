package local_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/local"
)

// echoing is a service that answers with the body of its request.
type echoing struct{}

func (echoing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(w, r.Body)
	_ = http.NewResponseController(w).Flush()
}
func (echoing) Drain(context.Context) error    { return nil }
func (echoing) MaxResponseTime() time.Duration { return time.Minute }

func TestWhatNetHTTPRefusesIsAProblem(t *testing.T) {
	t.Parallel()
	const good = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
	for name, tt := range map[string]struct {
		sent   string
		status int
		detail string
	}{
		"no request":      {"hello\r\n\r\n", 400, "no HTTP request"},
		"no host":         {"GET / HTTP/1.1\r\n\r\n", 400, "missing required Host header"},
		"two hosts":       {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "no HTTP request"},
		"malformed host":  {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "malformed Host header"},
		"bad path":        {"GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "no HTTP request"},
		"bad header":      {"GET / HTTP/1.1\r\nHost: localhost\r\na b: c\r\n\r\n", 400, "no HTTP request"},
		"two lengths":     {"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "no HTTP request"},
		"large header":    {"GET / HTTP/1.1\r\nHost: localhost\r\nA: " + strings.Repeat("a", 100_000) + "\r\n\r\n", 431, "larger"},
		"expectation":     {"POST / HTTP/1.1\r\nHost: localhost\r\nExpect: miracles\r\n\r\n", 417, "100-continue"},
		"transfer coding": {"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: rot13\r\n\r\n", 501, "no HTTP request"},
		"version":         {"GET / HTTP/3.7\r\nHost: localhost\r\n\r\n", 505, "unsupported protocol version"},
		"the second one":  {good + "GET / HTTP/1.1\r\n\r\n", 400, "missing required Host header"},
		"expected later":  {good + "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: miracles\r\n\r\n", 417, "100-continue"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, echoing{})
			_, _ = io.WriteString(conn, tt.sent) // of a large header not all is read
			reader := bufio.NewReader(conn)
			for range strings.Count(tt.sent, good) {
				if got, _ := read(t, reader); got.StatusCode != http.StatusOK {
					t.Fatalf("the request before it: %d", got.StatusCode)
				}
			}
			got, body := read(t, reader)
			var p functions.Problem
			if err := json.Unmarshal([]byte(body), &p); err != nil || got.StatusCode != tt.status || p.Status != tt.status || p.Title == "" ||
				!strings.Contains(p.Detail, tt.detail) || got.Header.Get("Content-Type") != functions.ProblemContentType || !got.Close {
				t.Errorf("got %d %v %s", got.StatusCode, got.Header, body)
			}
			if _, err := reader.ReadByte(); err == nil {
				t.Error("the connection is open, or more came")
			}
		})
	}
}

// An answer can look like a refusal of net/http: it belongs to its function.
func TestAnAnswerThatLooksLikeARefusalIsLeftAlone(t *testing.T) {
	t.Parallel()
	text := "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request"
	conn := dial(t, echoing{})
	reader := bufio.NewReader(conn)
	for range 3 {
		_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n")
		if got, _ := read(t, reader); got.StatusCode != http.StatusContinue {
			t.Fatalf("got %d, not 100", got.StatusCode)
		}
		size := len(text) // in one chunk
		_, _ = io.WriteString(conn, hex(size)+"\r\n"+text+"\r\n0\r\n\r\n")
		if got, body := read(t, reader); got.StatusCode != http.StatusOK || body != text {
			t.Fatalf("got %d %q", got.StatusCode, body)
		}
	}
}

func hex(n int) string {
	const digits = "0123456789abcdef"
	if n < len(digits) {
		return digits[n : n+1]
	}
	return hex(n/len(digits)) + hex(n%len(digits))
}

// dial serves a service and connects to it.
func dial(t *testing.T, service local.Service) net.Conn {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- local.Server{Service: service}.Serve(ctx, ln) }()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return conn
}

func read(t *testing.T, from *bufio.Reader) (*http.Response, string) {
	t.Helper()
	resp, err := http.ReadResponse(from, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}
