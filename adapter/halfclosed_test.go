package adapter_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/functions"
)

// net/http takes the end of what a client sends for the end of the client, and
// writes 200 when a handler writes nothing.
func TestClientThatClosedItsSideIsNotToldThatAllIsWell(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]string{"plain": "", "wait": "Prefer: wait=10\r\n", "keyed": "Idempotency-Key: k\r\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGated()
			s := serve(t, setup{chains: []functions.Chain{chain("wait", g.obedient)}})
			conn := s.halfClosed(g, header)
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err == nil {
				defer resp.Body.Close()
			}
			if err == nil && resp.StatusCode < 400 {
				t.Errorf("got %s", resp.Status)
			}
			close(g.open)
		})
	}
}

// Nobody waits for a function whose client has gone and which does not notice.
func TestClientThatClosedItsSideIsAnsweredWhileTheFunctionIsBusy(t *testing.T) {
	t.Parallel()
	g := newGated()
	s := serve(t, setup{cfg: adapter.Config{MaxWait: 5 * time.Second}, chains: []functions.Chain{chain("wait", g.deaf)}})
	defer close(g.open)
	resp, err := http.ReadResponse(bufio.NewReader(s.halfClosed(g, "")), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 499 {
		t.Errorf("got %s", resp.Status)
	}
}

// halfClosed makes a call, closes its side of the connection when the function
// has started, and returns the other side.
func (s *server) halfClosed(g gated, header string) net.Conn {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(conn, "POST /wait HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"+header+"\r\n"); err != nil {
		s.t.Fatal(err)
	}
	<-g.started
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		s.t.Fatal(err)
	}
	return conn
}
