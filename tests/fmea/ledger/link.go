package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// link is a TCP connection that can be torn: what stands in front of a process
// and, with more than one behind it, what a Service of Kubernetes does.
type link struct {
	name   string
	dice   *dice
	torn   atomic.Bool
	slow   atomic.Bool
	cuts   atomic.Int64
	turn   atomic.Uint64
	behind []string // addresses

	ln   net.Listener
	mu   sync.Mutex
	open map[net.Conn]struct{}
}

const dialTimeout = 2 * time.Second

// newLink listens and forwards to the addresses until ctx ends.
func newLink(ctx context.Context, name string, d *dice, behind ...string) (*link, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("link %s: %w", name, err)
	}
	l := &link{name: name, dice: d, behind: behind, ln: ln, open: map[net.Conn]struct{}{}}
	context.AfterFunc(ctx, func() {
		_ = ln.Close()
		l.cut()
	})
	go l.accept(ctx)
	return l, nil
}

func (l *link) address() string { return l.ln.Addr().String() }
func (l *link) url() string     { return "http://" + l.address() }

func (l *link) accept(ctx context.Context) {
	for {
		conn, err := l.ln.Accept()
		if err != nil {
			return // it was closed
		}
		go l.serve(ctx, conn)
	}
}

func (l *link) serve(ctx context.Context, client net.Conn) {
	const refused = 0.2
	l.hold(client)
	defer l.release(client)
	if l.torn.Load() && l.dice.hit(refused) {
		l.reset(client)
		return
	}
	server := l.dial(ctx)
	if server == nil {
		reset(client) // as a port on which nobody listens does
		return
	}
	l.hold(server)
	defer l.release(server)
	up := make(chan struct{})
	go func() {
		defer close(up)
		l.forward(server, client)
	}()
	l.forward(client, server)
	<-up
}

// dial takes the next process behind the link that listens.
func (l *link) dial(ctx context.Context) net.Conn {
	dialer := net.Dialer{Timeout: dialTimeout}
	first := l.turn.Add(1)
	for i := range uint64(len(l.behind)) {
		conn, err := dialer.DialContext(ctx, "tcp", l.behind[(first+i)%uint64(len(l.behind))])
		if err == nil {
			return conn
		}
	}
	return nil
}

// forward forwards one direction. A torn link delays some of it and cuts some in
// the middle; a slow one delays all of it.
func (l *link) forward(to, from net.Conn) {
	const (
		chunk    = 16 << 10
		delayed  = 0.2
		cutShort = 0.1
		longest  = 400 * time.Millisecond
		slowest  = 150 * time.Millisecond
	)
	buf := make([]byte, chunk)
	for {
		n, err := from.Read(buf)
		if n > 0 && l.slow.Load() {
			time.Sleep(l.dice.between(slowest/10, slowest))
		}
		if n > 0 && l.torn.Load() {
			if l.dice.hit(delayed) {
				time.Sleep(l.dice.between(0, longest))
			}
			if l.dice.hit(cutShort) {
				_, _ = to.Write(buf[:l.dice.below(n)])
				l.reset(to)
				reset(from)
				return
			}
		}
		if n > 0 {
			if _, werr := to.Write(buf[:n]); werr != nil {
				reset(from)
				return
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			halfClose(to)
			return
		case err != nil:
			reset(to)
			return
		}
	}
}

// cut resets every connection.
func (l *link) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for conn := range l.open {
		l.cuts.Add(1)
		reset(conn)
	}
}

func (l *link) hold(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[conn] = struct{}{}
}

func (l *link) release(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, conn)
	_ = conn.Close() // it may be closed
}

func (l *link) reset(conn net.Conn) {
	l.cuts.Add(1)
	reset(conn)
}

// reset closes a connection so that the other side sees it at once.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func halfClose(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
}
