package local

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync/atomic"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

// net/http answers by itself what it cannot read as a request: 400, 417, 431,
// 501 and 505, as plain text or without a body, and no handler is asked. Each of
// these answers is one Write to the connection, before its first request has
// come to the handler, or the next one after an answer. There, and only there,
// the connection writes a problem document in the place of what net/http says.

// problemListener accepts connections whose refusals are problem documents.
type problemListener struct{ net.Listener }

func (l problemListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err //nolint:wrapcheck // net/http looks at it
	}
	return &problemConn{Conn: c}, nil
}

type problemConn struct {
	net.Conn

	// reading is true from when a request has begun to come until the handler
	// is called with it.
	reading atomic.Bool
}

type connKey struct{}

// handleProblems has srv tell its connections when a request has come, and when
// it is handled.
func handleProblems(srv *http.Server) {
	handler := srv.Handler
	srv.ConnContext = func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) }
	srv.ConnState = func(c net.Conn, state http.ConnState) {
		if own, ok := c.(*problemConn); ok && state == http.StateActive {
			own.reading.Store(true)
		}
	}
	srv.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if own, ok := r.Context().Value(connKey{}).(*problemConn); ok {
			own.reading.Store(false)
			if secure, ok := own.Conn.(*tls.Conn); ok { // net/http knows no other connection to be one
				state := secure.ConnectionState()
				r.TLS = &state
			}
		}
		handler.ServeHTTP(w, r)
	})
}

// Write implements [net.Conn].
func (c *problemConn) Write(p []byte) (int, error) {
	if c.reading.Load() {
		if doc := asProblem(p); doc != nil {
			if _, err := c.Conn.Write(doc); err != nil {
				return 0, err //nolint:wrapcheck // net/http looks at it
			}
			return len(p), nil
		}
	}
	return c.Conn.Write(p) //nolint:wrapcheck // as above
}

// CloseWrite lets net/http close in order, so that a client that still sends
// reads its refusal.
func (c *problemConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite() //nolint:wrapcheck // as above
	}
	return nil
}

// asProblem returns a refusal of net/http as one with a problem document, or nil
// if p is none.
func asProblem(p []byte) []byte {
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(p)), nil)
	if err != nil || resp.StatusCode < http.StatusBadRequest {
		return nil
	}
	defer resp.Body.Close() //nolint:errcheck // of memory
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil
	}
	w := refusal{header: http.Header{}}
	problem.Write(&w, functions.Errorf(resp.StatusCode, "%s", refusalDetail(resp.StatusCode, text)))
	w.header.Set("Connection", "close") // net/http closes it
	out := http.Response{
		StatusCode: w.status, ProtoMajor: 1, ProtoMinor: 1, Header: w.header, Close: true,
		Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()),
	}
	var raw bytes.Buffer
	if err := out.Write(&raw); err != nil {
		return nil
	}
	return raw.Bytes()
}

// refusalDetail returns what net/http says behind its status, or what it means.
func refusalDetail(status int, text []byte) string {
	switch status {
	case http.StatusRequestHeaderFieldsTooLarge:
		return "the header of the request is larger than this server takes"
	case http.StatusExpectationFailed:
		return "header Expect: only 100-continue can be expected"
	}
	if _, detail, ok := bytes.Cut(text, []byte(": ")); ok {
		return "this is no HTTP request: " + string(detail)
	}
	return "this is no HTTP request that can be read"
}

// refusal takes an answer.
type refusal struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *refusal) Header() http.Header         { return r.header }
func (r *refusal) WriteHeader(status int)      { r.status = status }
func (r *refusal) Write(p []byte) (int, error) { return r.body.Write(p) }
