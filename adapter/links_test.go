package adapter_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

func linkedServer(t *testing.T, with setup) (s *server, token []string) {
	t.Helper()
	c := chain("slow", echo)
	c.CORS.Origins = []string{shopOrigin}
	with.chains = append(with.chains, c)
	with.cfg.Tokens = []adapter.Token{{Tenant: "shop", Secret: tokenOfShop}, {Tenant: "desk", Secret: "desk-token-0123456789"}}
	with.cfg.LinkKeys, with.cfg.ReplyKeys = reply.RandomKeys(), reply.RandomKeys()
	s = serve(t, with)
	return s, []string{"Authorization", "Bearer " + tokenOfShop}
}

func TestASignedLinkFetchesItsRequestWithoutAToken(t *testing.T) {
	t.Parallel()
	s, token := linkedServer(t, setup{})
	got := s.do("POST", "/slow", "x", append(token, "Prefer", "respond-async, signed-link=60")...)
	link, applied := got.header.Get("Location"), got.header.Get("Preference-Applied")
	if got.status != http.StatusAccepted || !strings.Contains(link, "?link=") || applied != "respond-async, signed-link=60" || !strings.Contains(string(got.body), link) {
		t.Fatalf("got %d, %q, %q, %s", got.status, link, applied, got.body)
	}
	page := []string{"Origin", shopOrigin, "Sec-Fetch-Site", "cross-site"}
	fetched := s.do("GET", link, "", append(page, "Prefer", "wait=10")...)
	fetched.is(t, http.StatusOK, "x")
	if h := fetched.header; h.Get("Cache-Control") != "private, no-store" || h.Get("Referrer-Policy") != "no-referrer" ||
		h.Get("Access-Control-Allow-Origin") != shopOrigin {
		t.Errorf("header %v", h)
	}
	stream := s.do("GET", link, "", append(page, "Accept", "text/event-stream")...)
	if stream.status != http.StatusOK || !strings.Contains(string(stream.body), "event: reply") {
		t.Errorf("stream: %d %s", stream.status, stream.body)
	}
	// A download or a picture of any page, which does not see what it gets.
	foreign := s.do("GET", link, "", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Origin", evilOrigin)
	foreign.is(t, http.StatusOK, "x")
	if foreign.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("any page may read what a link fetches")
	}
}

func TestALinkIsForOneRequestMethodTenantAndTime(t *testing.T) {
	t.Parallel()
	s, token := linkedServer(t, setup{})
	ask := func() (path, link string) {
		got := s.do("POST", "/slow", "x", append(token, "Prefer", "respond-async, signed-link")...)
		path, link, _ = strings.Cut(got.header.Get("Location"), "?link=")
		return path, link
	}
	path, link := ask()
	another, _ := ask()
	owner, signature, _ := strings.Cut(link, ".")
	for name, tt := range map[string]struct{ method, path, link string }{
		"of another request": {"GET", another, link},
		"cancels":            {"DELETE", path, link},
		"of another tenant":  {"GET", path, "ZGVzaw." + signature},
		"of no tenant":       {"GET", path, "eA." + signature},
		"without a tenant":   {"GET", path, "." + signature},
		"cut":                {"GET", path, link[:len(link)-1]},
		"alone":              {"GET", path, owner},
		"prolonged":          {"GET", path, strings.Replace(link, "r.1", "r.2", 1)},
		"no link":            {"GET", path, "%20"},
		"no request":         {"GET", "/requests/x", link},
		"of the document":    {"GET", "/openapi.json", link},
		"of a chain":         {"POST", "/slow", link},
	} {
		got := s.do(tt.method, tt.path+"?link="+tt.link, "")
		got.problem(t, http.StatusUnauthorized)
		if got.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: no WWW-Authenticate", name)
		}
	}
	s.do("GET", path+"?link="+link, "", "Authorization", "Bearer x").problem(t, http.StatusUnauthorized) // the token counts
}

func TestALinkEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, token := linkedServer(t, setup{inMemory: true})
		got := s.do("POST", "/slow", "x", append(token, "Prefer", "respond-async, signed-link=2")...)
		link := got.header.Get("Location")
		time.Sleep(time.Second)
		s.do("GET", link, "").is(t, http.StatusOK, "x")
		time.Sleep(2 * time.Second) // it ends with a second
		s.do("GET", link, "").problem(t, http.StatusUnauthorized)
	})
}

// A link is a right as a token is: neither may be where others read.
func TestNoSpanLineOrMetricHasACredential(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	spans := tracetest.NewSpanRecorder()
	s, token := linkedServer(t, setup{cfg: adapter.Config{
		Traces: sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)), Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), LogCalls: 1,
	}, chains: []functions.Chain{chain("broken", func(context.Context, event.Event) (*event.Event, error) { return nil, errors.New("broken") })}})
	const canary = "tweet-tweet"
	link := s.do("POST", "/slow?key="+canary, "x", append(token, "Prefer", "respond-async, signed-link=60", "Cookie", canary, "Idempotency-Key", canary)...).header.Get("Location")
	_, right, _ := strings.Cut(link, "?link=")
	s.do("GET", link, "", "Prefer", "wait=10", "Referer", "http://homing.test/?link="+canary).is(t, http.StatusOK, "x")
	s.do("GET", link+canary, "").problem(t, http.StatusUnauthorized)
	s.do("GET", strings.Replace(link, "?", "x?", 1), "").problem(t, http.StatusUnauthorized)
	s.do("POST", "/slow?link="+right+"&key="+canary, "x").problem(t, http.StatusUnauthorized)
	s.do("POST", "/nowhere?link="+right, "x", "Authorization", canary).problem(t, http.StatusNotFound)
	s.do("POST", "/broken?link="+right+"&key="+canary, "x", append(token, "Cookie", canary)...).problem(t, http.StatusInternalServerError)
	metrics := s.do("GET", "/metrics", "", append(token, "Accept", "application/openmetrics-text; version=1.0.0")...)
	if err := s.adapter.Drain(t.Context()); err != nil { // what was promised has ended, and logs no more
		t.Fatal(err)
	}
	s.Close()
	seen := map[string]string{"log": log.String(), "metrics": string(metrics.body)}
	for _, span := range spans.Ended() {
		seen[span.Name()] += fmt.Sprint(span.Attributes(), span.Events(), span.Status())
	}
	if len(spans.Ended()) < 6 || !strings.Contains(seen["log"], "broken") || !strings.Contains(seen["metrics"], "trace_id") {
		t.Fatalf("what is recorded: %q", seen)
	}
	for name, text := range seen {
		for _, secret := range []string{canary, right, tokenOfShop} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: there is %s in %s", name, secret, text)
			}
		}
	}
}

func TestAPreferenceForALinkIsIgnoredWhereNoneCanBe(t *testing.T) {
	t.Parallel()
	s, token := linkedServer(t, setup{})
	for _, prefer := range []string{"signed-link=0", "signed-link=x", "signed-link=-1", "respond-async"} {
		got := s.do("POST", "/slow", "x", append(token, "Prefer", prefer+", respond-async")...)
		if strings.Contains(got.header.Get("Location"), "link=") || got.header.Get("Preference-Applied") != "respond-async" {
			t.Errorf("%s: %v", prefer, got.header)
		}
	}
	open := serve(t, setup{cfg: adapter.Config{LinkKeys: reply.RandomKeys()}, chains: []functions.Chain{chain("slow", echo)}})
	keyless := serve(t, setup{cfg: adapter.Config{Tokens: []adapter.Token{{Tenant: "shop", Secret: tokenOfShop}}}, chains: []functions.Chain{chain("slow", echo)}})
	for _, s := range []*server{open, keyless} {
		got := s.do("POST", "/slow", "x", append(token, "Prefer", "respond-async, signed-link")...)
		if got.status != http.StatusAccepted || strings.Contains(got.header.Get("Location"), "link=") {
			t.Errorf("got %d %v", got.status, got.header)
		}
	}
	keyless.do("GET", "/requests/0197c5f2-0000-7000-8000-000000000000?link=c2hvcA.r.9.x", "").problem(t, http.StatusUnauthorized)
}
