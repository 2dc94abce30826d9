package fmea_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/local"
)

const bodyLimit = 1000

func limited() functions.Chain {
	c := chain("work", echo)
	c.MaxBody = bodyLimit
	return c
}

// Bodies that lie, each sent by hand. Each gets its answer without another
// byte from the client.
func TestBodiesThatAreNotWhatTheySay(t *testing.T) {
	t.Parallel()
	const head = "POST /work HTTP/1.1\r\nHost: localhost\r\n"
	for name, tt := range map[string]struct {
		send   string
		status int
		body   string // of a 200
	}{
		"too large by its length, not sent": {head + "Content-Length: 1001\r\n\r\n", 413, ""},
		"absurd length, not sent":           {head + "Content-Length: 9223372036854775807\r\n\r\n", 413, ""},
		"too large, waits for 100-continue": {head + "Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n", 413, ""},
		"chunked beyond the limit":          {head + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + strings.Repeat("x", 1001) + "\r\n", 413, ""},
		"chunk that says it is huge": {
			head + "Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n" + strings.Repeat("x", 1001),
			413, "",
		},
		"malformed chunk":           {head + "Transfer-Encoding: chunked\r\n\r\nzz\r\nxx\r\n0\r\n\r\n", 400, ""},
		"chunk longer than it says": {head + "Transfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n", 400, ""},
		"largest that is allowed":   {head + "Content-Length: 1000\r\n\r\n" + strings.Repeat("x", 1000), 200, strings.Repeat("x", 1000)},
		"largest in chunks": {
			head + "Transfer-Encoding: chunked\r\n\r\n3e8\r\n" + strings.Repeat("x", 1000) + "\r\n0\r\n\r\n",
			200, strings.Repeat("x", 1000),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, setup{server: local.Server{RequestTimeout: 3 * time.Second}}, limited())
			c := s.dial()
			c.send(tt.send)
			got := c.answer("POST")
			if tt.status == 200 {
				got.is(t, 200, tt.body)
			} else {
				got.problem(t, tt.status)
				c.closed() // within the time for a request: what follows could not be told from the rest of the body
			}
			s.settles()
		})
	}
}

// These never reach the adapter: net/http rejects them by itself.
func TestAmbiguousRequestsAreRejected(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{}, limited())
	const head = "POST /work HTTP/1.1\r\nHost: localhost\r\n"
	for name, send := range map[string]string{
		"two lengths":      head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
		"negative length":  head + "Content-Length: -1\r\n\r\n",
		"length no number": head + "Content-Length: 0x1\r\n\r\nx",
		"NUL in a header":  head + "X-Note: a\x00b\r\nContent-Length: 1\r\n\r\nx",
		"space in a name":  head + "X Note: a\r\nContent-Length: 1\r\n\r\nx",
		"no host":          "POST /work HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
		"no HTTP":          "hello\r\n\r\n",
		"unknown coding":   head + "Transfer-Encoding: gzip\r\n\r\n",
	} {
		c := s.dial()
		c.send(send)
		if got := c.answer("POST"); got.status != 400 && got.status != 501 {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
		c.closed()
	}
	s.do("POST", "/work", "still there").is(t, 200, "still there")
}

// A length and chunks at once is how requests are smuggled: the chunks count
// (RFC 9112 section 6.3), and the connection must not go on.
func TestLengthBesideChunksCannotSmuggleARequest(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{}, limited())
	c := s.dial()
	c.send("POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" +
		"1\r\nx\r\n0\r\n\r\n")
	got := c.answer("POST")
	if got.status != 400 {
		got.is(t, 200, "x")
	}
	s.settles()
}

func TestBodyThatEndsTooEarlyIsBadRequest(t *testing.T) {
	t.Parallel()
	for name, send := range map[string]string{
		"by its length": "POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nshort",
		"in a chunk":    "POST /work HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nshort",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, setup{}, limited())
			c := s.dial()
			c.send(send)
			if half, ok := c.Conn.(interface{ CloseWrite() error }); !ok || half.CloseWrite() != nil {
				t.Fatal("cannot close one side")
			}
			c.answer("POST").problem(t, 400)
			s.settles()
		})
	}
}

// A rejected body leaves a connection that is either closed or in step.
func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{}, limited())
	c := s.dial()
	var all strings.Builder
	for i := range 50 {
		body := fmt.Sprintf("request %d", i)
		fmt.Fprintf(&all, "POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	c.send(all.String())
	for i := range 50 {
		c.answer("POST").is(t, 200, fmt.Sprintf("request %d", i))
	}
	c.send("POST /none HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nabcde" +
		"POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx")
	c.answer("POST").problem(t, 404)
	c.answer("POST").is(t, 200, "x")
}
