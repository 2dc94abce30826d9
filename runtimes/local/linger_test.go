package local_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/runtimes/local"
)

// refusing is a service that answers before it has read a body.
type refusing struct{}

func (refusing) Drain(context.Context) error { return nil }

func (refusing) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Connection", "close")
	http.Error(w, "no room", http.StatusServiceUnavailable)
}

func TestClientThatSendsAllOfARefusedBodyHearsWhy(t *testing.T) {
	t.Parallel()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- local.Server{Service: refusing{}}.Serve(ctx, ln) }()
	t.Cleanup(func() { cancel(); <-ended })
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const size = 16 << 20
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16777216\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		time.Sleep(600 * time.Millisecond) // longer than net/http waits before it closes
		if _, err := io.WriteString(conn, strings.Repeat("x", size/2)); err != nil {
			t.Fatal("the connection was reset:", err)
		}
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("got %d", resp.StatusCode)
	}
}
