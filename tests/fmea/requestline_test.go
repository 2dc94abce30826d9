package fmea_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

// tells responds with what it has seen of the request.
func tells(_ context.Context, in event.Event) (*event.Event, error) {
	ext := in.Extensions()
	seen := func(name string) string { v, _ := ext[name].(string); return v }
	in.DataEncoded = []byte(in.Subject() + "|" + seen("httppath") + "|" + seen("httpquery") + "|" + seen("httpxnote"))
	return &in, nil
}

func files() functions.Chain {
	c := chain("files", tells)
	c.Method, c.Path, c.Headers = http.MethodGet, "/files/{name}", []string{"X-Note"}
	return c
}

// Targets and headers, sent by hand.
func TestUnusualRequests(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("q", 20_000)
	for name, tt := range map[string]struct {
		line, header string
		status       int
		body         string // of a 200
	}{
		"absolute form":      {"GET http://localhost/files/a?b=c HTTP/1.1", "", 200, "/files/a|/files/a|b=c|"},
		"encoded slash":      {"GET /files/a%2Fb HTTP/1.1", "", 200, "/files/a%2Fb|/files/a%2Fb||"},
		"encoded percent":    {"GET /files/a%252Fb HTTP/1.1", "", 200, "/files/a%252Fb|/files/a%252Fb||"},
		"HTTP/1.0":           {"GET /files/a HTTP/1.0", "", 200, "/files/a|/files/a||"},
		"long query":         {"GET /files/a?" + long + " HTTP/1.1", "", 200, "/files/a|/files/a|" + long + "|"},
		"header as UTF-8":    {"GET /files/a HTTP/1.1", "X-Note: gr\u00fc\u00df\r\n", 200, "/files/a|/files/a||gr\u00fc\u00df"},
		"header twice":       {"GET /files/a HTTP/1.1", "X-Note: a\r\nX-Note: b\r\n", 200, "/files/a|/files/a||a, b"},
		"header as Latin-1":  {"GET /files/a HTTP/1.1", "X-Note: gr\xfc\xdf\r\n", 400, ""},
		"NUL in the path":    {"GET /files/a%00b HTTP/1.1", "", 400, ""},
		"newline in path":    {"GET /files/a%0Ab HTTP/1.1", "", 400, ""},
		"path not UTF-8":     {"GET /files/a%ff HTTP/1.1", "", 400, ""},
		"query not UTF-8":    {"GET /files/a?\xff HTTP/1.1", "", 400, ""},
		"no such route":      {"GET /none HTTP/1.1", "", 404, ""},
		"below the route":    {"GET /files/a/b HTTP/1.1", "", 404, ""},
		"wrong method":       {"POST /files/a HTTP/1.1", "Content-Length: 0\r\n", 405, ""},
		"options":            {"OPTIONS /files/a HTTP/1.1", "", 405, ""},
		"odd method":         {"BREW /files/a HTTP/1.1", "", 405, ""},
		"double Prefer":      {"GET /files/a HTTP/1.1", "Prefer: wait=5\r\nPrefer: wait=banana\r\n", 200, "/files/a|/files/a||"},
		"bad Prefer":         {"GET /files/a HTTP/1.1", "Prefer: wait=-1\r\n", 200, "/files/a|/files/a||"},
		"two keys":           {"GET /files/a HTTP/1.1", "Idempotency-Key: a\r\nIdempotency-Key: b\r\n", 400, ""},
		"empty key":          {"GET /files/a HTTP/1.1", "Idempotency-Key:\r\n", 400, ""},
		"id that is no id":   {"GET /requests/..%2F..%2Fetc HTTP/1.1", "", 404, ""},
		"id never seen":      {"GET /requests/01a20441-0340-7d5c-93a4-126c4e5a5056 HTTP/1.1", "", 404, ""},
		"delete never seen":  {"DELETE /requests/01a20441-0340-7d5c-93a4-126c4e5a5056 HTTP/1.1", "", 404, ""},
		"id in upper case":   {"GET /requests/01A20441-0340-7D5C-93A4-126C4E5A5056 HTTP/1.1", "", 404, ""},
		"connect to a route": {"CONNECT /files/a HTTP/1.1", "", 405, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, setup{}, files())
			c := s.dial()
			c.send(tt.line + "\r\nHost: localhost\r\n" + tt.header + "\r\n")
			got := c.answer("")
			if tt.status == 200 {
				got.is(t, 200, tt.body)
				return
			}
			got.problem(t, tt.status)
			if allow := got.header.Get("Allow"); tt.status == 405 && !strings.Contains(allow, "GET") {
				t.Errorf("Allow %q", allow)
			}
		})
	}
}

func TestHeadHasTheHeadersOfGetAndNoBody(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{}, files())
	c := s.dial()
	c.send("HEAD /files/a HTTP/1.1\r\nHost: localhost\r\n\r\nGET /files/a HTTP/1.1\r\nHost: localhost\r\n\r\n")
	head, get := c.answer("HEAD"), c.answer("GET")
	get.is(t, 200, "/files/a|/files/a||")
	head.is(t, 200, "")
	if head.header.Get("Content-Length") != get.header.Get("Content-Length") {
		t.Errorf("HEAD %v, GET %v", head.header, get.header)
	}
}

func TestUncleanPathsNeverReachAnotherRoute(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{}, files())
	for _, target := range []string{"//files/a", "/files/../health/liveness", "/./files/a", "/files//a", "/files/a/"} {
		c := s.dial()
		c.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
		got := c.answer("GET")
		if got.status == 200 {
			t.Errorf("%s was answered: %s", target, got.body)
		}
		if where := got.header.Get("Location"); strings.HasPrefix(where, "//") {
			t.Errorf("%s redirects to another host: %s", target, where)
		}
	}
}

func TestRepeatedHeaderOfAnEventIsJoinedAsOnARoute(t *testing.T) {
	t.Parallel()
	c := files()
	c.Type = "files"
	s := serve(t, setup{}, c)
	send := func(notes ...string) answer {
		headers := []string{"Ce-Id", "1", "Ce-Specversion", "1.0", "Ce-Source", "/s", "Ce-Type", "files"}
		for _, n := range notes {
			headers = append(headers, "X-Note", n)
		}
		return s.do("POST", "/events", "{}", append(headers, "Content-Type", "application/json")...)
	}
	send("a", "b").is(t, 200, "|||a, b")
	send("gr\xfc\xdf").problem(t, 400)
}
