package fmea_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// answer is what came back over the socket.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a call that must be answered.
func (s *server) do(method, path, body string, headers ...string) answer {
	s.t.Helper()
	got, err := s.try(s.t.Context(), method, path, body, headers...)
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

// try sends a call that may fail on the way; it may be used on any goroutine.
func (s *server) try(ctx context.Context, method, path, body string, headers ...string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+s.addr+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	return read(resp)
}

// insist sends a call until it is not answered with 503, as that asks for: the store has
// a second and a half for each call of it, which a machine that is overloaded, or stands
// still, has not always.
func (s *server) insist(ctx context.Context, method, path, body string, headers ...string) (answer, error) {
	for {
		got, err := s.try(ctx, method, path, body, headers...)
		if err != nil || got.status != http.StatusServiceUnavailable {
			return got, err
		}
		got.problem(s.t, http.StatusServiceUnavailable)
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return answer{}, err
		}
	}
}

func read(resp *http.Response) (answer, error) {
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(data)}, err
}

// is checks status and body.
func (g answer) is(t *testing.T, status int, body string) {
	t.Helper()
	if g.status != status || g.body != body {
		t.Errorf("got %d %.200q, want %d %.200q", g.status, g.body, status, body)
	}
}

// problem checks that the answer is a complete problem with a status.
func (g answer) problem(t *testing.T, status int) functions.Problem {
	t.Helper()
	var p functions.Problem
	dec := json.NewDecoder(bytes.NewReader([]byte(g.body)))
	dec.DisallowUnknownFields()
	err := dec.Decode(&p)
	ct := g.header.Get("Content-Type")
	if err != nil || g.status != status || p.Status != status || p.Title == "" || p.Detail == "" || ct != functions.ProblemContentType {
		t.Errorf("got %d %s %.300q (%v), want the problem %d", g.status, ct, g.body, err, status)
	}
	if (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) && g.header.Get("Retry-After") == "" {
		t.Errorf("%d without Retry-After", status)
	}
	return p
}

// raw is a connection whose client writes what it likes.
type raw struct {
	net.Conn

	t  *testing.T
	in *bufio.Reader
}

func (s *server) dial() *raw {
	s.t.Helper()
	conn, err := new(net.Dialer).DialContext(s.t.Context(), "tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	if err := conn.SetReadDeadline(time.Now().Add(wait.Patience)); err != nil {
		s.t.Fatal(err)
	}
	return &raw{Conn: conn, t: s.t, in: bufio.NewReader(conn)}
}

func (c *raw) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		c.t.Fatal(err)
	}
}

// answer reads one answer to a request of the given method.
func (c *raw) answer(method string) answer {
	c.t.Helper()
	resp, err := http.ReadResponse(c.in, &http.Request{Method: method})
	if err != nil {
		c.t.Fatal(err)
	}
	got, err := read(resp)
	if err != nil {
		c.t.Fatal(err)
	}
	return got
}

// closed checks that the server ends the connection without another answer,
// but for net/http's own 400 to half a request.
func (c *raw) closed() {
	c.t.Helper()
	switch rest, err := io.ReadAll(c.in); {
	case isTimeout(err):
		c.t.Error("the connection stays open")
	case len(rest) > 0 && !strings.HasPrefix(string(rest), "HTTP/1.1 400 Bad Request\r\n"):
		c.t.Errorf("another %d bytes came: %.200q", len(rest), rest)
	}
}

func isTimeout(err error) bool {
	var nerr net.Error
	return errors.As(err, &nerr) && nerr.Timeout()
}
