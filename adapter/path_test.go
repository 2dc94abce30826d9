package adapter_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

// raw sends a request as it is written, and returns the answer.
func (s *server) raw(text string) answer {
	s.t.Helper()
	conn, err := new(net.Dialer).DialContext(s.t.Context(), "tcp", s.Listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, data}
}

// request is what a function sees of the request.
func request(_ context.Context, in event.Event) (*event.Event, error) {
	out := in.Clone()
	return &out, out.SetData("text/plain", in.Subject()+"|"+functions.Attribute(in, functions.AttrHTTPPath)+"|"+
		functions.Attribute(in, functions.AttrHTTPQuery))
}

// routed returns a chain whose function is request.
func routed(name, method, path string) functions.Chain {
	c := chain(name, request)
	c.Method, c.Path = method, path
	return c
}

func TestTheSubjectTellsAnEncodedSlashFromASlash(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{routed("files", "GET", "/files/{rest...}")}})
	for _, target := range []string{
		"/files/a/b", "/files/a%2Fb", "/files/a%2fb", "/files/%2e%2e/x", "/files/a%20b", "/files/a%252Fb", "/files/a%3Fb%23c", "/files/%C3%BC", "/files/ü",
	} {
		got := s.raw("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if want := target + "|" + target + "|"; got.status != http.StatusOK || string(got.body) != want {
			t.Errorf("%s: got %d %s, want %s", target, got.status, got.body, want)
		}
	}
}

func TestPathsAreNotCleanedAndNobodyIsRedirected(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{
		routed("files", "GET", "/files/{rest...}"), routed("two", "GET", "/a/b"), routed("dir", "GET", "/dir/"),
		routed("one", "GET", "/one/{name}"),
	}})
	for target, want := range map[string]string{
		"/files/a//b":        "/files/a//b|/files/a//b|",
		"/files/../a/b":      "/files/../a/b|/files/../a/b|",
		"/files/a/./b/":      "/files/a/./b/|/files/a/./b/|",
		"/files/a%2Fb":       "/files/a%2Fb|/files/a%2Fb|",
		"/files/%2e%2e/x":    "/files/%2e%2e/x|/files/%2e%2e/x|",
		"/files/a\"%2Fb?":    "/files/a\"%2Fb|/files/a\"%2Fb|",
		"/files//":           "/files//|/files//|",
		"/one/a%2Fb":         "/one/a%2Fb|/one/a%2Fb|",
		"/one/..":            "/one/..|/one/..|",
		"/a/b":               "/a/b|/a/b|",
		"/%61/b?x":           "/%61/b|/%61/b|x",
		"/dir/":              "/dir/|/dir/|",
		"http://x/files//y":  "/files//y|/files//y|",
		"/a%2Fb":             "", // is not /a/b
		"/a//b":              "",
		"/a/c/../b":          "",
		"//a/b":              "",
		"/./a/b":             "",
		"/dir":               "",
		"/files":             "",
		"/one/":              "",
		"//health/liveness":  "",
		"/health%2Fliveness": "",
		"/../metrics":        "",
	} {
		got := s.raw("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if want == "" {
			got.problem(t, http.StatusNotFound)
		} else if got.status != http.StatusOK || string(got.body) != want {
			t.Errorf("%s: got %d %s, want %s", target, got.status, got.body, want)
		}
	}
}
