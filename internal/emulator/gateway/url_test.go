package gateway_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/emulator/gateway"
	"github.com/homing-dev/homing/internal/emulator/template"
)

const urlOnAWS = "https://abcdef.lambda-url.eu-west-1.on.aws/"

func functionURL(lambda gateway.Lambda, streaming bool, o gateway.Options) *gateway.URL {
	o.Lambda = lambda
	return gateway.NewURL("f", template.FunctionURL{URL: urlOnAWS, Streaming: streaming}, o)
}

func TestFunctionURLAnswers(t *testing.T) {
	t.Parallel()
	got := do(t, functionURL(functions{"f": echo}, false, gateway.Options{}), "GET", "/a%2Fb?x=%20", "")
	for _, want := range []string{`"rawPath":"/a%2Fb"`, `"rawQueryString":"x=%20"`, `"domainName":"abcdef.lambda-url.eu-west-1.on.aws"`} {
		if !strings.Contains(got.body, want) {
			t.Errorf("%s is not in %s", want, got.body)
		}
	}
	if got.header.Get("X-Amzn-Requestid") == "" || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %v", got.header)
	}
}

func TestFunctionURLFailsAsTheServiceDoes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		f      func(context.Context, []byte) ([]byte, error)
		body   string
		status int
		text   string
	}{
		"function error": {fails(errors.New("x")), "", 502, "Internal Server Error"},
		"nonsense":       {says(`{"statusCode":9}`), "", 502, "Internal Server Error"},
		"throttled":      {fails(gateway.ErrThrottled), "", 429, "Rate Exceeded."},
		"large event":    {fails(gateway.ErrTooLarge), "", 413, "Request Too Long"},
		"large body":     {echo, "12345678901", 413, "Request Too Long"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, streaming := range []bool{false, true} {
				if name == "nonsense" && streaming {
					continue // it is the body of the stream
				}
				got := do(t, functionURL(functions{"f": tc.f}, streaming, gateway.Options{MaxBody: 10}), "POST", "/", tc.body)
				if got.status != tc.status || !strings.Contains(got.body, tc.text) {
					t.Errorf("got %+v", got)
				}
			}
		})
	}
}

func TestFunctionURLWithIAMWantsASignature(t *testing.T) {
	t.Parallel()
	h := gateway.NewURL("f", template.FunctionURL{URL: urlOnAWS, IAM: true}, gateway.Options{Lambda: functions{"f": says(`{"statusCode":204}`)}})
	if got := do(t, h, "GET", "/", ""); got.status != 403 || got.body != `{"Message":"Forbidden"}` {
		t.Errorf("got %+v", got)
	}
	if got := do(t, h, "GET", "/", "", "Authorization", "AWS4-HMAC-SHA256 Credential=x"); got.status != 403 {
		t.Errorf("got %+v", got)
	}
	if got := send(h, sign(t, "lambda", "GET", "/", "")); got.status != 204 {
		t.Errorf("got %+v", got)
	}
}

// pipe is a function whose answer a test writes.
type pipe struct {
	functions

	r           *io.PipeReader
	contentType string
}

func (p pipe) Stream(context.Context, string, []byte) (gateway.Stream, error) {
	return gateway.Stream{ContentType: p.contentType, Body: p.r}, nil
}

const integration = "application/vnd.awslambda.http-integration-response"

// open calls a streaming URL whose function's answer is written to the pipe.
func open(t *testing.T, contentType, first string) (*http.Response, *io.PipeWriter) {
	t.Helper()
	r, w := io.Pipe()
	server := httptest.NewServer(functionURL(pipe{r: r, contentType: contentType}, true, gateway.Options{}))
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	go func() { _, _ = io.WriteString(w, first) }()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp, w
}

func TestStreamComesWhileItIsWritten(t *testing.T) {
	t.Parallel()
	resp, w := open(t, integration, `{"statusCode":201,"headers":{"X-A":"b"},"cookies":["c=d"]}`+strings.Repeat("\x00", 8)+"one\n")
	if resp.StatusCode != 201 || resp.Header.Get("X-A") != "b" || resp.Header.Get("Set-Cookie") != "c=d" {
		t.Errorf("got %d %v", resp.StatusCode, resp.Header)
	}
	lines := bufio.NewReader(resp.Body)
	for _, want := range []string{"one\n", "two\n"} { // the second is written when the first has come
		if line, err := lines.ReadString('\n'); err != nil || line != want {
			t.Fatalf("got %q, %v", line, err)
		}
		if want == "one\n" {
			_, _ = io.WriteString(w, "two\n")
		}
	}
	w.Close()
	if rest, err := io.ReadAll(lines); err != nil || len(rest) > 0 {
		t.Errorf("got %q, %v", rest, err)
	}
}

func TestStreamWithoutPreludeIsTheBody(t *testing.T) {
	t.Parallel()
	resp, w := open(t, "text/event-stream", "data: 1\n\n")
	w.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 || string(body) != "data: 1\n\n" || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("got %d %v %q, %v", resp.StatusCode, resp.Header, body, err)
	}
}

func TestStreamThatBreaksIsNotTakenForWhole(t *testing.T) {
	t.Parallel()
	resp, w := open(t, "text/plain", "half")
	w.CloseWithError(errors.New("killed"))
	if body, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("got %q without an error", body)
	}
}

func TestStreamWithoutABodyHasNone(t *testing.T) {
	t.Parallel()
	resp, w := open(t, integration, `{"statusCode":204}`+strings.Repeat("\x00", 8))
	w.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != 204 || len(body) > 0 {
		t.Errorf("got %d %q, %v", resp.StatusCode, body, err)
	}
}

func TestClientThatLeavesAStreamEndsIt(t *testing.T) {
	t.Parallel()
	resp, w := open(t, "text/plain", "x")
	resp.Body.Close()
	for { // until the reader is closed
		if _, err := io.WriteString(w, "y"); err != nil {
			break
		}
	}
}
