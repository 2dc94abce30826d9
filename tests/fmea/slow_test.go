package fmea_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/runtimes/local"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// dribbleTime is for how long a thousand bytes are dribbled: for longer than a client
// may take that is not cut off.
const dribbleTime = 20 * time.Second

// dribble sends one byte at a time until the connection ends.
func (c *raw) dribble(text string, pause time.Duration) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for i := range len(text) {
		if _, err := io.WriteString(c, text[i:i+1]); err != nil {
			return
		}
		select {
		case <-tick.C:
		case <-c.t.Context().Done():
			return
		}
	}
}

func TestDribbledHeaderIsCut(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{server: local.Server{HeaderTimeout: 2 * time.Second}}, chain("work", echo))
	c := s.dial()
	start := time.Now()
	go c.dribble("POST /work HTTP/1.1\r\nHost: localhost\r\nX-Note: "+strings.Repeat("x", 1000), dribbleTime/1000)
	c.closed()
	if took := time.Since(start); took > wait.Bound(dribbleTime) {
		t.Errorf("cut after %s", took)
	}
}

func TestDribbledBodyIsRequestTimeout(t *testing.T) {
	t.Parallel()
	for name, head := range map[string]string{
		"by its length": "Content-Length: 1000\r\n\r\n",
		"large":         "Content-Length: 100000\r\n\r\n",
		"in chunks":     "Transfer-Encoding: chunked\r\n\r\n3e8\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate()
			s := serve(t, setup{server: local.Server{RequestTimeout: 2 * time.Second}}, chain("work", g.deaf))
			c := s.dial()
			start := time.Now()
			c.send("POST /work HTTP/1.1\r\nHost: localhost\r\n" + head)
			go c.dribble(strings.Repeat("x", 1000), dribbleTime/1000)
			c.answer("POST").problem(t, 408)
			if took := time.Since(start); took > wait.Bound(dribbleTime) {
				t.Errorf("answered after %s", took)
			}
			c.closed()
			s.settles()
			if len(g.started) != 0 {
				t.Error("the function has seen half a body")
			}
		})
	}
}

// The time for the request must not end the work on it.
func TestLongWorkOutlivesTheTimeForTheRequest(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{server: local.Server{RequestTimeout: 2 * time.Second}}, chain("work", takes(3*time.Second)))
	s.do("POST", "/work", "x").is(t, 200, "x")
	s.do("POST", "/work", "x", "Idempotency-Key", "k").is(t, 200, "x")
}

func TestHeaderThatIsTooLargeIsRejected(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{server: local.Server{MaxHeader: 4096}}, chain("work", echo))
	for name, send := range map[string]string{
		"one header":   "POST /work HTTP/1.1\r\nHost: localhost\r\nX-Note: " + strings.Repeat("x", 20_000) + "\r\n\r\n",
		"many headers": "POST /work HTTP/1.1\r\nHost: localhost\r\n" + strings.Repeat("X-Note: x\r\n", 2000) + "\r\n",
		"target":       "POST /work?" + strings.Repeat("x", 20_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		c := s.dial()
		c.send(send)
		if got := c.answer("POST"); got.status != 431 {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	s.do("POST", "/work", "still there").is(t, 200, "still there")
}

// Connections that say nothing, or half a request, and connections that were
// half closed, hold nobody up and are closed in the end.
func TestHalfOpenConnectionsAreClosed(t *testing.T) {
	t.Parallel()
	const short = 4 * time.Second
	s := serve(t, setup{server: local.Server{HeaderTimeout: short, RequestTimeout: short, IdleTimeout: short}}, chain("work", echo))
	all := make([]*raw, 0, 100)
	for i := range cap(all) {
		c := s.dial()
		switch i % 3 {
		case 0:
			c.send("POST /wo")
		case 1:
			c.send("POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx")
			c.answer("POST").is(t, 200, "x") // idle from now on
		default:
		}
		all = append(all, c)
	}
	s.do("POST", "/work", "still there").is(t, 200, "still there")
	for _, c := range all {
		c.closed()
	}
}

// A client that ends its side after the request has, for HTTP/1.1, gone away:
// it cannot be told from one that has closed.
func TestHalfClosedClientHoldsNothing(t *testing.T) {
	t.Parallel()
	g := newGate()
	s := serve(t, setup{}, chain("work", g.obedient))
	c := s.dial()
	c.send("POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx")
	wait.Receive(t, "the start of the function", g.started)
	if half, ok := c.Conn.(*net.TCPConn); !ok || half.CloseWrite() != nil {
		t.Fatal("cannot close one side")
	}
	if wait.Receive(t, "the end of the function", g.ended) == nil {
		t.Error("the work goes on for nobody")
	}
	s.settles()
}

// Clients that never read: their answers fill the socket and then the server
// cuts them off, a plain one by the server's write timeout and a stream by its
// own. Both take seconds by design, so they are waited for together.
func TestClientsThatNeverReadAreCutOff(t *testing.T) {
	t.Parallel()
	ln := countConnections(t)
	s := serve(t, setup{
		listen: ln,
		cfg:    adapter.Config{MaxWait: 100 * time.Millisecond},
		server: local.Server{RequestTimeout: 2 * time.Second},
	}, chain("work", func(_ context.Context, in event.Event) (*event.Event, error) {
		in.DataEncoded = bytes.Repeat([]byte("x"), 9<<20)
		return &in, nil
	}), chain("echo", echo))
	accepted := s.do("POST", "/work", "x", "Prefer", "respond-async")
	where := accepted.header.Get("Location")
	if accepted.status != 202 {
		t.Fatalf("%d %s", accepted.status, accepted.body)
	}
	wait.Eventually(t, "the reply is kept", func() bool { return s.store.Stats().Pending == 0 })
	deaf := make([]*raw, 0, 6)
	for i := range cap(deaf) {
		c := s.dial()
		if small, ok := c.Conn.(*net.TCPConn); !ok || small.SetReadBuffer(4096) != nil {
			t.Fatal("cannot keep the kernel from reading for the client")
		}
		c.send(fmt.Sprintf("GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", where, []string{"", "Accept: text/event-stream\r\n"}[i%2]))
		deaf = append(deaf, c)
	}
	wait.Eventually(t, "all streams are open", func() bool { return s.waiting() == len(deaf)/2 })
	s.do("POST", "/echo", "still there").is(t, 200, "still there")
	s.client.CloseIdleConnections() // those of this test's other calls
	wait.Eventually(t, "all connections are cut", func() bool { return ln.open.Load() == 0 })
	if n := s.waiting(); n != 0 {
		t.Errorf("%d streams are held", n)
	}
}

// countingListener counts the connections that the server holds open.
type countingListener struct {
	net.Listener

	open atomic.Int64
}

func countConnections(t *testing.T) *countingListener {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return &countingListener{Listener: ln}
}

func (l *countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.open.Add(1)
	return &countedConn{Conn: conn, closed: sync.OnceFunc(func() { l.open.Add(-1) })}, nil
}

type countedConn struct {
	net.Conn

	closed func()
}

func (c *countedConn) Close() error {
	c.closed()
	return c.Conn.Close()
}
