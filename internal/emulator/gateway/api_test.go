package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/emulator/gateway"
	"github.com/homing-dev/homing/internal/emulator/template"
)

func TestEventIsThatOfTheService(t *testing.T) {
	t.Parallel()
	got := do(t, httpAPI(echo, gateway.Options{Account: "111122223333"}), "POST", "/a%20b?x=1&x=2", `{"n":1}`,
		"Content-Type", "application/json", "Cookie", "k=v")
	var event struct {
		Version, RouteKey, RawPath, RawQueryString, Body string
		Cookies                                          []string
		IsBase64Encoded                                  bool
		RequestContext                                   struct {
			AccountID, APIID, DomainName, Stage, RequestID string
			HTTP                                           struct{ Method, SourceIP string }
		}
	}
	if err := json.Unmarshal([]byte(got.body), &event); err != nil {
		t.Fatal(err)
	}
	c := event.RequestContext
	if event.Version != "2.0" || event.RouteKey != "$default" || event.RawPath != "/a b" || event.RawQueryString != "x=1&x=2" ||
		event.Body != `{"n":1}` || event.IsBase64Encoded || len(event.Cookies) != 1 || c.HTTP.Method != "POST" ||
		c.HTTP.SourceIP != "127.0.0.1" || c.AccountID != "111122223333" || c.APIID != "abc" || c.Stage != "$default" ||
		c.DomainName != "abc.execute-api.eu-west-1.amazonaws.com" {
		t.Errorf("got %s", got.body)
	}
	if id := got.header.Get("Apigw-Requestid"); id == "" || id != c.RequestID {
		t.Errorf("the id %q is not that of the event", id)
	}
	if got.header.Get("X-By") != "echo" {
		t.Errorf("got %v", got.header)
	}
}

func TestWhatTheServicesAnswerThemselves(t *testing.T) {
	t.Parallel()
	const soon = 5 * time.Millisecond
	long := strings.Repeat("x", 101)
	for name, tc := range map[string]struct {
		f          func(context.Context, []byte) ([]byte, error)
		o          gateway.Options
		body       string
		http, rest string
	}{
		"function error": {f: fails(errors.New("exit 3")), http: `500 {"message":"Internal Server Error"}`, rest: `502 {"message":"Internal server error"}`},
		"nonsense":       {f: says(`{"statusCode":"x"}`), http: `500 {"message":"Internal Server Error"}`, rest: `502 {"message":"Internal server error"}`},
		"throttled": {
			f:    fails(fmt.Errorf("no: %w", gateway.ErrThrottled)),
			http: `503 {"message":"Service Unavailable"}`, rest: `500 {"message":"Internal server error"}`,
		},
		"no answer in time": {
			f: never, o: gateway.Options{Timeout: soon},
			http: `503 {"message":"Service Unavailable"}`, rest: `504 {"message":"Endpoint request timed out"}`,
		},
		"body too large": {
			f: echo, o: gateway.Options{MaxBody: 100}, body: long,
			http: `413 {"message":"Request Too Long"}`, rest: `413 {"message":"Request Too Long"}`,
		},
		"event too large": {
			f:    fails(gateway.ErrTooLarge),
			http: `413 {"message":"Request Too Long"}`, rest: `413 {"message":"Request Too Long"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for want, api := range map[string]*gateway.API{tc.http: httpAPI(tc.f, tc.o), tc.rest: restAPI(tc.f, tc.o)} {
				got := do(t, api, "POST", "/Prod/x", tc.body)
				if text := fmt.Sprintf("%d %s", got.status, got.body); text != want || got.header.Get("Content-Type") != "application/json" {
					t.Errorf("got %s, want %s", text, want)
				}
			}
		})
	}
}

func TestBodyOfTenMegabytesIsTakenAndNoMore(t *testing.T) {
	t.Parallel()
	h := httpAPI(says(`{"statusCode":204}`), gateway.Options{})
	full := strings.Repeat("x", gateway.DefaultMaxBody)
	if got := do(t, h, "POST", "/", full); got.status != 204 {
		t.Errorf("10 MB: %d", got.status)
	}
	if got := do(t, h, "POST", "/", full+"x"); got.status != 413 || got.body != `{"message":"Request Too Long"}` {
		t.Errorf("a byte more: %d %s", got.status, got.body)
	}
}

func TestHeadersOverTheQuotaAreRefused(t *testing.T) {
	t.Parallel()
	h := httpAPI(says(`{"statusCode":204}`), gateway.Options{})
	if got := do(t, h, "GET", "/", "", "X-Long", strings.Repeat("x", 9_000)); got.status != 204 {
		t.Errorf("below: %d", got.status)
	}
	if got := do(t, h, "GET", "/", "", "X-Long", strings.Repeat("x", 10_240)); got.status != 431 {
		t.Errorf("above: %d", got.status)
	}
}

func TestAnswersOfFunctions(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer, body, contentType string
		status                    int
		cookies                   int
	}{
		"full":              {`{"statusCode":201,"headers":{"Content-Type":"a/b"},"body":"hi"}`, "hi", "a/b", 201, 0},
		"no type":           {`{"statusCode":200,"body":"hi"}`, "hi", "text/plain; charset=utf-8", 200, 0},
		"without a status":  {`{"n":1}`, `{"n":1}`, "application/json", 200, 0},
		"a text":            {`"hi"`, `"hi"`, "application/json", 200, 0},
		"base64":            {`{"statusCode":200,"body":"AAEC","isBase64Encoded":true}`, "\x00\x01\x02", "text/plain; charset=utf-8", 200, 0},
		"cookies":           {`{"statusCode":200,"cookies":["a=1","b=2"]}`, "", "text/plain; charset=utf-8", 200, 2},
		"length of its own": {`{"statusCode":200,"headers":{"Content-Length":"99","Connection":"close"},"body":"hi"}`, "hi", "text/plain; charset=utf-8", 200, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := do(t, httpAPI(says(tc.answer), gateway.Options{}), "GET", "/", "")
			if got.status != tc.status || got.body != tc.body || got.header.Get("Content-Type") != tc.contentType ||
				len(got.header["Set-Cookie"]) != tc.cookies {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestStageIsNotPartOfThePath(t *testing.T) {
	t.Parallel()
	api := template.API{Kind: template.HTTP, Stage: "live", Routes: []template.Route{
		{Method: "GET", Path: "/x/{id}", Function: "f", Payload: "2.0"}, {Method: "GET", Path: "/", Function: "f", Payload: "2.0"},
	}}
	h := gateway.NewAPI(api, gateway.Options{Lambda: functions{"f": echo}})
	for path, status := range map[string]int{"/live/x/1": 200, "/x/1": 404, "/livex/1": 404, "/live": 200, "/live/": 200, "/": 404} {
		got := do(t, h, "GET", path, "")
		if got.status != status {
			t.Errorf("%s: got %d %s", path, got.status, got.body)
		}
		if path == "/live/x/1" && (!strings.Contains(got.body, `"rawPath":"/live/x/1"`) || !strings.Contains(got.body, `"id":"1"`)) {
			t.Errorf("got %s", got.body)
		}
	}
}

func TestRESTAPIHasItsOwnWords(t *testing.T) {
	t.Parallel()
	got := do(t, restAPI(echo, gateway.Options{}), "GET", "/Prod/a%20b", "")
	if got.status != 200 || !strings.Contains(got.body, `"resource":"/{proxy+}"`) || got.header.Get("X-Amzn-Requestid") == "" {
		t.Errorf("got %+v", got)
	}
	for _, path := range []string{"/other", "/Prod", "/Prod/"} {
		if got := do(t, restAPI(echo, gateway.Options{}), "GET", path, ""); got.status != 403 || got.body != `{"message":"Missing Authentication Token"}` {
			t.Errorf("%s: got %+v", path, got)
		}
	}
}

func TestRouteHasItsOwnTimeAndPayload(t *testing.T) {
	t.Parallel()
	api := template.API{Kind: template.HTTP, Stage: "$default", Routes: []template.Route{
		{Method: "GET", Path: "/slow", Function: "never", Timeout: time.Millisecond},
		{Method: "GET", Path: "/old", Function: "echo", Payload: "1.0"},
	}}
	h := gateway.NewAPI(api, gateway.Options{Lambda: functions{"never": never, "echo": echo}})
	if got := do(t, h, "GET", "/slow", ""); got.status != 503 {
		t.Errorf("got %+v", got)
	}
	if got := do(t, h, "GET", "/old", ""); !strings.Contains(got.body, `"version":"1.0"`) {
		t.Errorf("got %+v", got)
	}
}

func TestClientThatHangsUpEndsTheCall(t *testing.T) {
	t.Parallel()
	running, l := make(chan struct{}), newLog()
	server := httptest.NewServer(httpAPI(func(ctx context.Context, event []byte) ([]byte, error) {
		close(running)
		return never(ctx, event)
	}, gateway.Options{Log: l.add}))
	defer server.Close()
	ctx, hangUp := context.WithCancel(t.Context())
	go func() {
		<-running
		hangUp()
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.Client().Do(req); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if a := <-l.entries; a.Status != 0 || a.Err == nil || a.Function != "f" {
		t.Errorf("got %+v", a)
	}
}

func TestLogTellsWhatBecameOfARequest(t *testing.T) {
	t.Parallel()
	l := newLog()
	do(t, httpAPI(says(`{"statusCode":418}`), gateway.Options{Log: l.add}), "GET", "/tea%2Fpot?x", "")
	if a := <-l.entries; a.Method != "GET" || a.Path != "/tea%2Fpot" || a.Status != 418 || a.Function != "f" || a.RequestID == "" || a.Err != nil || a.Duration <= 0 {
		t.Errorf("got %+v", a)
	}
	do(t, httpAPI(fails(errors.New("why")), gateway.Options{Log: l.add}), "GET", "/", "")
	if a := <-l.entries; a.Status != 500 || a.Err == nil || a.Err.Error() != "why" {
		t.Errorf("got %+v", a)
	}
}
