package fmea_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// heap returns the bytes that live objects and stacks take after a collection.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // the second one frees what finalizers and pools still held
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) + int64(m.StackInuse)
}

// pipes is a listener without sockets: ten thousand connections would need
// twice as many files than a process usually may open.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "unix"} }

func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.conns <- server
	return client
}

// Requests that wait take little memory each, and all are answered, each with
// its own body. Not parallel: the heap is everyone's.
func TestTenThousandRequestsWaitAtOnce(t *testing.T) { //nolint:paralleltest // measures the heap
	const generous = 64 << 10
	g := newGate()
	ln := newPipes()
	s := serve(t, setup{listen: ln}, chain("work", g.obedient))
	before := heap()
	conns := make([]net.Conn, manyWaiting)
	for i := range conns {
		conns[i] = ln.dial()
		body := fmt.Sprintf("request %d", i)
		if _, err := fmt.Fprintf(conns[i], "POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
			t.Fatal(err)
		}
	}
	wait.Eventually(t, "all wait", func() bool { return s.inFlight() == manyWaiting })
	each := (heap() - before) / manyWaiting
	t.Logf("%d requests wait, %d bytes each", manyWaiting, each)
	if each > generous {
		t.Errorf("a waiting request takes %d bytes", each)
	}
	close(g.open)
	for i, conn := range conns {
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := read(resp)
		if err != nil {
			t.Fatal(err)
		}
		got.is(t, 200, fmt.Sprintf("request %d", i))
		conn.Close()
	}
	s.settles()
}

// Whatever kind of call: what it takes is given back, but for replies that
// were promised to be kept, and those are bounded by the store.
func TestManyCallsLeaveNothingOnTheHeap(t *testing.T) { //nolint:paralleltest // measures the heap
	const (
		warm  = 2_000
		all   = 20_000
		slack = 1 << 20 // 58 bytes for each of the calls between
	)
	ln := newPipes()
	c := chain("work", echo)
	c.MaxBody = 100
	s := serve(t, setup{listen: ln}, c, chain("fail", fails(500)), chain("panic", func() functions.Function { return garbage()["panic"] }()))
	conn := ln.dial()
	defer conn.Close()
	in := bufio.NewReader(conn)
	kinds := []string{
		"POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx",
		"POST /work HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=10\r\nContent-Length: 1\r\n\r\nx",
		"POST /work HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: the-same\r\nContent-Length: 1\r\n\r\nx",
		"POST /work HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=nonsense\r\nContent-Length: 1\r\n\r\nx",
		"POST /fail HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx",
		"POST /panic HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx",
		"GET /requests/01a20441-0340-7d5c-93a4-126c4e5a5056 HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=1\r\n\r\n",
	}
	call := func(from, to int) {
		for i := from; i < to; i++ {
			if _, err := io.WriteString(conn, kinds[i%len(kinds)]); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := read(resp); err != nil || strings.TrimSpace(got.body) == "" {
				t.Fatal(got, err)
			}
		}
	}
	call(0, warm)
	before := heap()
	call(warm, all)
	grown := heap() - before
	t.Logf("the heap grew by %d bytes in %d calls", grown, all-warm)
	if grown > slack {
		t.Errorf("%d calls left %d bytes on the heap", all-warm, grown)
	}
	if stats := s.store.Stats(); stats.Entries != 2 { // the key and its reply
		t.Errorf("%+v", stats)
	}
}
