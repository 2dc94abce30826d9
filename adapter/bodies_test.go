package adapter_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/functions"
)

// begin opens a connection and sends a request on it whose body does not come to
// its end.
func (s *server) begin(text string, headers ...string) net.Conn {
	s.t.Helper()
	conn, err := (&net.Dialer{}).DialContext(s.t.Context(), "tcp", s.Listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	for i := 0; i < len(headers); i += 2 {
		text += headers[i] + ": " + headers[i+1] + "\r\n"
	}
	if _, err := io.WriteString(conn, text+"Host: x\r\n\r\n"); err != nil {
		s.t.Fatal(err)
	}
	return conn
}

// status reads the status of the answer on conn, and its Retry-After.
func status(t *testing.T, conn net.Conn) (status int, retryAfter string) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode, resp.Header.Get("Retry-After")
}

// 100 connections without a token took a process from 59 MB to 2.6 GB, because
// the token was looked at behind the body.
func TestAReplyWithoutATokenIsRefusedBeforeItsBodyComes(t *testing.T) {
	t.Parallel()
	e := far(t, setup{})
	done := e.call()
	id := (<-e.sent).ID()
	binary := []string{"Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/s", "Ce-Type", "t"}
	structured := []string{"Content-Type", "application/cloudevents+json"}
	for name, tt := range map[string]struct {
		headers []string
		want    int
	}{
		"binary":            {binary, http.StatusForbidden},
		"binary, forged":    {append([]string{"Ce-Replytoken", "r.1.x"}, binary...), http.StatusForbidden},
		"structured":        {structured, http.StatusForbidden},
		"structured, twice": {append([]string{"Ce-Replytoken", e.token(id), "Ce-Replytoken", "x"}, structured...), http.StatusForbidden},
		"binary, twice":     {append([]string{"Ce-Replytoken", e.token(id), "Ce-Replytoken", "x"}, binary...), http.StatusBadRequest},
		"no event":          {nil, http.StatusBadRequest},
		"batch":             {[]string{"Content-Type", "application/cloudevents-batch+json"}, http.StatusUnsupportedMediaType},
	} {
		for _, length := range [][]string{{"Content-Length", "16777216"}, {"Transfer-Encoding", "chunked"}} {
			conn := e.begin("PUT /requests/"+id+"/reply HTTP/1.1\r\n", append(length, tt.headers...)...) // without any of its body
			if got, _ := status(t, conn); got != tt.want {
				t.Errorf("%s, %s: got %d, want %d", name, length, got, tt.want)
			}
		}
	}
	e.complete(id, "there").is(t, http.StatusNoContent, "")
	(<-done).is(t, http.StatusOK, "there")
}

// 100 connections that had sent 9 of 10 MB each took 1.7 GB.
func TestStalledUploadsAreBoundedInSumAndKeepNobodySmallOut(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{cfg: adapter.Config{BodyBudget: 8 << 20, MaxBody: 4 << 20}, chains: []functions.Chain{chain("echo", echo)}})
	const post = "POST %s HTTP/1.1\r\n"
	event := []string{"Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/s", "Ce-Type", "homing.echo"}
	var stalled []net.Conn
	for range 2 {
		conn := s.begin(fmt.Sprintf(post, "/echo"), "Content-Length", "2900000")
		if _, err := conn.Write(make([]byte, 2_000_000)); err != nil {
			t.Fatal(err)
		}
		stalled = append(stalled, conn)
	}
	s.until("homing_body_bytes 5.8e+06")
	for name, tt := range map[string]struct {
		path    string
		headers []string
	}{
		"call": {"/echo", nil}, "event": {"/events", event}, "batch": {"/events", []string{"Content-Type", "application/cloudevents-batch+json"}},
	} {
		conn := s.begin(fmt.Sprintf(post, tt.path), append([]string{"Content-Length", "2900000"}, tt.headers...)...)
		if got, after := status(t, conn); got != http.StatusServiceUnavailable || after == "" {
			t.Errorf("%s: one more gets %d, Retry-After %q", name, got, after)
		}
	}
	s.do("POST", "/echo", "small").is(t, http.StatusOK, "small")
	for _, conn := range stalled {
		_ = conn.Close()
	}
	s.until("homing_body_bytes 0")
	large := strings.Repeat("x", 2_900_000)
	s.do("POST", "/echo", large).is(t, http.StatusOK, large)
	s.until("homing_body_bytes 0")
}

// until waits until the metrics have a line.
func (s *server) until(line string) {
	s.t.Helper()
	for end := time.Now().Add(time.Minute); !strings.Contains(string(s.do("GET", "/metrics", "").body), "\n"+line+"\n"); {
		if time.Now().After(end) {
			s.t.Fatalf("the metrics do not say %s", line)
		}
		time.Sleep(time.Millisecond)
	}
}

// The body of an event that another process has is not held while its reply is
// waited for: else the replies would have no room that bring the end of the wait.
func TestAnEventThatHasLeftIsNotHeld(t *testing.T) {
	t.Parallel()
	e := far(t, setup{})
	large := strings.Repeat("x", 1_000_000)
	done := make(chan answer, 1)
	go func() { done <- e.do("POST", "/far", large) }()
	id := (<-e.sent).ID()
	e.until("homing_body_bytes 0")
	e.complete(id, "there").is(t, http.StatusNoContent, "")
	(<-done).is(t, http.StatusOK, "there")
}
