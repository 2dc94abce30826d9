package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/homing-dev/homing/internal/emulator/gateway"
	"github.com/homing-dev/homing/internal/emulator/template"
	"github.com/homing-dev/homing/tests/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

// functions is a Lambda service whose functions are Go functions.
type functions map[string]func(ctx context.Context, event []byte) ([]byte, error)

func (f functions) Invoke(ctx context.Context, name string, event []byte) ([]byte, error) {
	call, ok := f[name]
	if !ok {
		return nil, errors.New("there is no function " + name)
	}
	return call(ctx, event)
}

func (f functions) Stream(ctx context.Context, name string, event []byte) (gateway.Stream, error) {
	answer, err := f.Invoke(ctx, name, event)
	return gateway.Stream{ContentType: "text/x-whole", Body: io.NopCloser(strings.NewReader(string(answer)))}, err
}

// echo returns the event that it got.
func echo(_ context.Context, event []byte) ([]byte, error) {
	return json.Marshal(map[string]any{"statusCode": 200, "body": string(event), "headers": map[string]string{"x-by": "echo"}})
}

func says(text string) func(context.Context, []byte) ([]byte, error) {
	return func(context.Context, []byte) ([]byte, error) { return []byte(text), nil }
}

func fails(err error) func(context.Context, []byte) ([]byte, error) {
	return func(context.Context, []byte) ([]byte, error) { return nil, err }
}

// never returns, until its context ends.
func never(ctx context.Context, _ []byte) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// log keeps what it gets.
type log struct {
	mu  sync.Mutex
	all []gateway.Access
	// entries has one entry for each; it must have room.
	entries chan gateway.Access
}

func newLog() *log { return &log{entries: make(chan gateway.Access, 100)} }

func (l *log) add(a gateway.Access) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, a)
	l.entries <- a
}

// response is an answer that was read.
type response struct {
	status int
	header http.Header
	body   string
}

// do calls a handler over a connection, as net/http adds to what a handler does.
func do(t *testing.T, h http.Handler, method, path, body string, header ...string) response {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response{resp.StatusCode, resp.Header, string(data)}
}

// httpAPI is an API whose only route is $default to the function f.
func httpAPI(f func(context.Context, []byte) ([]byte, error), o gateway.Options) *gateway.API {
	o.Lambda = functions{"f": f}
	return gateway.NewAPI(template.API{
		Kind: template.HTTP, Stage: "$default", APIID: "abc", URL: "https://abc.execute-api.eu-west-1.amazonaws.com",
		Routes: []template.Route{{Method: "ANY", Path: "$default", Function: "f", Payload: "2.0"}},
	}, o)
}

// restAPI is the same for a REST API, whose stage is Prod.
func restAPI(f func(context.Context, []byte) ([]byte, error), o gateway.Options) *gateway.API {
	o.Lambda = functions{"f": f}
	return gateway.NewAPI(template.API{
		Kind: template.REST, Stage: "Prod", APIID: "abc", URL: "https://abc.execute-api.eu-west-1.amazonaws.com",
		Routes: []template.Route{{Method: "ANY", Path: "/{proxy+}", Function: "f", Payload: "1.0"}},
	}, o)
}
