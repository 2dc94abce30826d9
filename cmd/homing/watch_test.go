package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/cmd/homing/internal/console"
	"github.com/homing-dev/homing/functions"
	recorded "github.com/homing-dev/homing/internal/console"
	"github.com/homing-dev/homing/runtimes"
)

// appWithConsole serves a chain of two steps, of which the second fails for "bad", and
// returns its URL and what sends a request to it and returns its id.
func appWithConsole(t *testing.T, tokens ...adapter.Token) (url string, log *slog.Logger, send func(body string) string) {
	t.Helper()
	r := recorded.New(recorded.Options{Tokens: len(tokens) > 0})
	log = slog.New(r.Log(slog.NewTextHandler(&bytes.Buffer{}, nil)))
	a, err := runtimes.Inline([]functions.Chain{{Name: "talk", Method: http.MethodPost, Path: "/talk", Steps: []functions.Step{
		{Name: "listen", Function: func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }},
		{Name: "answer", Policy: functions.Policy{Breaker: functions.Breaker{Failures: 1}}, Function: func(_ context.Context, in event.Event) (*event.Event, error) {
			if string(in.Data()) == "bad" {
				return nil, functions.Errorf(http.StatusInternalServerError, "no answer\x1b[2J")
			}
			return &in, nil
		}},
		{Name: "part", Function: func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }},
	}}}, adapter.Config{
		Store: memory.New(memory.Options{}), Observer: r, Console: r.Handler(), Logger: log, LogCalls: 1, Tokens: tokens, Admins: []string{"ops"},
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(a)
	t.Cleanup(func() {
		r.Close()
		srv.Close()
		a.Close()
	})
	return srv.URL, log, func(body string) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/talk", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := srv.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		return closed(t, resp)
	}
}

// closed closes a response and returns the id of its request.
func closed(t *testing.T, resp *http.Response) string {
	t.Helper()
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
	return resp.Header.Get("X-Request-ID")
}

func TestTraceShowsARequestStepByStep(t *testing.T) {
	t.Parallel()
	url, _, send := appWithConsole(t)
	cli(t, "trace", "--url", url).failed(t, 1, "has had no request yet")
	good, bad := send("good"), send("bad")
	if out := cli(t, "trace", good, "--url", url).ok(t).out; !regexp.MustCompile(`(?s)^talk  200  .*POST /talk\n`+good+`.*\n\n  listen .*█.*\n  answer .*█.*s\n  part .*█`).MatchString(out) || strings.Contains(out, "\x1b") {
		t.Errorf("one that went well is\n%s", out)
	}
	out := cli(t, "trace", "--url", url).ok(t).out // the latest
	for _, want := range []string{"talk  500", bad, "failed\n", ": no answer[2J\n", "  part  did not run"} {
		if !strings.Contains(out, want) {
			t.Errorf("one that failed has no %q:\n%s", want, out)
		}
	}
	if out := cli(t, "trace", good, "--url", url, "--json").ok(t).out; !strings.Contains(out, `"text":"good"`) {
		t.Errorf("as JSON it is %s", out)
	}
	cli(t, "trace", "nobody", "--url", url).failed(t, 1, `request "nobody" is not among the last ones`)
	cli(t, "trace", "a", "b").failed(t, 2, "an argument too many")
}

func TestTopShowsChainsAndSteps(t *testing.T) {
	t.Parallel()
	url, _, send := appWithConsole(t)
	send("good")
	send("bad") // opens the breaker
	out := cliWith(t.Context(), "", []string{"HOMING_URL=" + url}, "top").ok(t).out
	if !regexp.MustCompile(`(?s)CHAIN / STEP.*\ntalk .* 2 +1\n  listen .* 2 +0\n  answer .* 2 +1 +open\n  part .* 1 +0\n$`).MatchString(out) {
		t.Errorf("got\n%s", out)
	}
}

func TestTopIsDrawnAgainOnATerminal(t *testing.T) {
	t.Parallel()
	url, _, _ := appWithConsole(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out := newWatcher()
	a := &app{Console: console.Console{In: strings.NewReader(""), Out: console.Stream{Writer: out, Terminal: true}, Err: console.Stream{Writer: out}}}
	ended := make(chan int, 1)
	go func() { ended <- a.run(ctx, []string{"top", "--url", url}) }()
	for strings.Count(out.String(), clearScreen) < 2 && t.Context().Err() == nil {
		time.Sleep(time.Millisecond)
	}
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("exit code %d: %s", code, out)
	}
}

func TestLogsAreShownAndFollowed(t *testing.T) {
	t.Parallel()
	url, log, send := appWithConsole(t)
	id := send("bad")
	out := cli(t, "logs", "--url", url).ok(t).out
	if !strings.Contains(out, "ERROR call failed") || !strings.Contains(out, "requestid="+id) || !strings.Contains(out, "INFO call") || strings.Contains(out, "\x1b") {
		t.Errorf("got %s", out)
	}
	if out := cli(t, "logs", "--url", url, "--log-level", "error").ok(t).out; strings.Contains(out, "INFO") || !strings.Contains(out, "ERROR") {
		t.Errorf("errors alone are %s", out)
	}
	cli(t, "logs", "--url", url, "--log-level", "loud").failed(t, 2, `"loud" is not one of`)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	following := newWatcher()
	ended := make(chan int, 1)
	go func() {
		ended <- runHere(ctx, []string{"logs", "-f", "--json", "--url", url}, strings.NewReader(""), following, following, nil)
	}()
	for !strings.Contains(following.String(), id) && t.Context().Err() == nil {
		time.Sleep(time.Millisecond)
	}
	log.Warn("what comes later")
	for !strings.Contains(following.String(), `"msg":"what comes later"`) && t.Context().Err() == nil {
		time.Sleep(time.Millisecond)
	}
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("exit code %d: %s", code, following)
	}
}

func TestWhatHasNoConsoleSaysHowToGetOne(t *testing.T) {
	t.Parallel()
	a, err := runtimes.Inline(nil, adapter.Config{Store: memory.New(memory.Options{})})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	off := httptest.NewServer(a)
	defer off.Close()
	secured, _, _ := appWithConsole(t, adapter.Token{Tenant: "ops", Secret: "ops-0123456789abcdef"}, adapter.Token{Tenant: "guest", Secret: "guest-0123456789abcdef"})
	for _, command := range []string{"trace", "logs", "top"} {
		cli(t, command, "--url", off.URL).failed(t, 1, "has no console", "HOMING_CONSOLE=true")
		cli(t, command, "--url", secured).failed(t, 1, "wants a token", "HOMING_TOKEN")
		cli(t, command, "--url", secured, "--token", "guest-0123456789abcdef").failed(t, 1, "tenant guest may not see the console")
		cli(t, command, "--url", "here").failed(t, 2, "--url must be")
	}
	cliWith(t.Context(), "", []string{"HOMING_TOKEN=ops-0123456789abcdef"}, "top", "--url", secured).ok(t)
}
