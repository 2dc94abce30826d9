package redis_test

import (
	"context"
	"net"
	"sync"
	"testing"
)

// proxy passes connections on to a server, and counts the bytes of both
// directions. Once a number of them has passed, all its connections are cut; new
// ones pass.
type proxy struct {
	listener net.Listener
	to       string
	running  sync.WaitGroup

	mu      sync.Mutex
	conns   map[net.Conn]bool
	passed  int
	cutAt   int // 0 means never
	cuts    int
	refuses bool
}

func newProxy(t testing.TB, to string) *proxy {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, to: to, conns: map[net.Conn]bool{}}
	p.running.Go(p.accept)
	t.Cleanup(func() {
		_ = l.Close()
		p.cut()
		p.running.Wait()
	})
	return p
}

func (p *proxy) url() string { return "redis://" + p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		from, err := p.listener.Accept()
		if err != nil {
			return
		}
		to, err := new(net.Dialer).DialContext(context.Background(), "tcp", p.to)
		if err != nil {
			_ = from.Close()
			continue
		}
		p.mu.Lock()
		refused := p.refuses
		if !refused {
			p.conns[from], p.conns[to] = true, true
		}
		p.mu.Unlock()
		if refused {
			_, _ = from.Close(), to.Close()
			continue
		}
		p.running.Go(func() { p.pass(from, to) })
		p.running.Go(func() { p.pass(to, from) })
	}
}

func (p *proxy) pass(from, to net.Conn) {
	defer func() {
		_, _ = from.Close(), to.Close()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.conns, from)
		delete(p.conns, to)
	}()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		allowed, last := p.count(n)
		if _, err := to.Write(buffer[:allowed]); err != nil {
			return
		}
		if last {
			p.cut()
		}
		if err != nil || last {
			return
		}
	}
}

// count returns how many of n bytes may pass, and whether the cut comes then.
func (p *proxy) count(n int) (allowed int, last bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cutAt > 0 && p.passed+n >= p.cutAt {
		n = p.cutAt - p.passed
		p.cutAt, last = 0, true
		p.cuts++
	}
	p.passed += n
	return n, last
}

// cutAfter has all connections cut when n more bytes have passed.
func (p *proxy) cutAfter(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.passed, p.cutAt = 0, n
}

// bytes returns how many bytes have passed since cutAfter, and how many cuts
// there were.
func (p *proxy) bytes() (passed, cuts int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.passed, p.cuts
}

// cut ends all connections, with what is on its way: half a reply may be.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.CloseWrite() // what was allowed arrives
		}
		_ = c.Close()
	}
}

// refuse cuts all connections and lets no new one pass, until it is called with
// false.
func (p *proxy) refuse(refuses bool) {
	p.mu.Lock()
	p.refuses = refuses
	p.mu.Unlock()
	p.cut()
}
