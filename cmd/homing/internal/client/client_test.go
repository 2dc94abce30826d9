package client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/cmd/homing/internal/client"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/functions"
)

// next is what the user can do about an error.
func next(err error) string {
	var own *exit.Error
	if !errors.As(err, &own) {
		return ""
	}
	return own.Next
}

func TestParseBase(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"http://127.0.0.1:8080":    "http://127.0.0.1:8080",
		"http://127.0.0.1:8080/":   "http://127.0.0.1:8080",
		"https://example.com/prod": "https://example.com/prod",
		"http://[::1]:80":          "http://[::1]:80",
	} {
		if got, err := client.ParseBase(text); err != nil || got != want {
			t.Errorf("%s: got %s, %v", text, got, err)
		}
	}
	for text, hint := range map[string]string{
		"localhost:8080": "did you mean http://localhost:8080?",
		"example.com":    "did you mean http://example.com?",
		"":               "", "ftp://x": "", "http://": "", "http://x?y=1": "", "http://x#y": "", "http://user:secret@x": "", "http://x:y": "",
	} {
		_, err := client.ParseBase(text)
		if exit.Code(err) != exit.Misused || !strings.Contains(next(err), hint) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: got %v, next %q", text, err, next(err))
		}
	}
}

func TestSendCarriesTheCallAndItsAnswer(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Seen", r.Method+" "+r.RequestURI+" "+r.Header.Get("X")+" "+r.Header.Get("Authorization")+" "+string(body))
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(http.StatusFound)
	}))
	defer srv.Close()
	for _, tc := range []struct{ own, token, want string }{
		{"", "secret", "Bearer secret"}, {"Basic x", "secret", "Basic x"}, {"", "", ""},
	} {
		h := http.Header{"X": {"y"}}
		if tc.own != "" {
			h.Set("Authorization", tc.own)
		}
		c := client.Client{Base: srv.URL, Token: tc.token}
		got, err := c.Send(t.Context(), client.Call{Method: "PUT", Path: "/a%2Fb?q=1", Header: h, Body: []byte("body")})
		if err != nil || got.Status != http.StatusFound || got.Failed() ||
			strings.TrimSpace(got.Header.Get("Seen")) != "PUT /a%2Fb?q=1 y "+tc.want+" body" {
			t.Errorf("got %+v, %v", got, err)
		}
	}
}

func TestServerThatDoesNotAnswerIsAskedFor(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	c := client.Client{Base: "http://" + ln.Addr().String(), Token: "secret"}
	_, err = c.Send(t.Context(), client.Call{Method: "GET", Path: "/"})
	if exit.Code(err) != exit.Failed || next(err) != "is `homing serve` running?" || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v, next %q", err, next(err))
	}
}

func TestEndOfTheContextIsExplained(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer srv.Close()
	c := client.Client{Base: srv.URL}
	late, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	_, err := c.Send(late, client.Call{Method: "GET", Path: "/"})
	if !strings.Contains(err.Error(), "no answer in time") || !strings.Contains(next(err), "--timeout") {
		t.Errorf("got %v, next %q", err, next(err))
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := c.Send(stopped, client.Call{Method: "GET", Path: "/"}); err == nil || err.Error() != "interrupted" {
		t.Errorf("got %v", err)
	}
}

func TestAnswerThatBreaksOffIsAnError(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = w.Write([]byte("half"))
	}))
	defer srv.Close()
	_, err := client.Client{Base: srv.URL}.Send(t.Context(), client.Call{Method: "GET", Path: "/"})
	if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "did not answer to the end") {
		t.Errorf("got %v", err)
	}
}

func TestCallThatCannotBeSentIsAUsageError(t *testing.T) {
	t.Parallel()
	_, err := client.Client{Base: "http://x"}.Send(t.Context(), client.Call{Method: "BAD METHOD", Path: "/"})
	if exit.Code(err) != exit.Misused {
		t.Errorf("got %v", err)
	}
}

func TestRoutesComeFromTheServer(t *testing.T) {
	t.Parallel()
	const doc = `{"paths":{
		"/b":{"post":{"operationId":"b","x-homing-type":"homing.b","requestBody":{"content":{"*/*":{}}}}},
		"/a":{"get":{"operationId":"a","x-homing-type":"t"}, "put":{"operationId":"c","x-homing-type":"u",
			"requestBody":{"content":{"image/png":{},"image/jpeg":{}}}}},
		"/events":{"post":{"operationId":"sendEvent"}}}}`
	status, body := http.StatusOK, doc
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	defer srv.Close()
	c := client.Client{Base: srv.URL}
	got, err := c.Routes(t.Context())
	want := []client.Route{
		{Chain: "a", Type: "t", Method: "GET", Path: "/a"},
		{Chain: "b", Type: "homing.b", Method: "POST", Path: "/b"},
		{Chain: "c", Type: "u", Method: "PUT", Path: "/a", Consumes: []string{"image/jpeg", "image/png"}},
	}
	same := slices.EqualFunc(got, want, func(a, b client.Route) bool {
		types := slices.Equal(a.Consumes, b.Consumes)
		return types && a.Chain == b.Chain && a.Type == b.Type && a.Method == b.Method && a.Path == b.Path
	})
	if err != nil || !same {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, tc := range []struct {
		status     int
		body, hint string
	}{
		{401, "", "HOMING_TOKEN"}, {404, "", "/quote"}, {200, "<html>", "/quote"},
	} {
		status, body = tc.status, tc.body
		if _, err := c.Routes(t.Context()); exit.Code(err) != exit.Failed || !strings.Contains(next(err), tc.hint) {
			t.Errorf("%d %q: got %v, next %q", tc.status, tc.body, err, next(err))
		}
	}
}

func TestRoutesOfChains(t *testing.T) {
	t.Parallel()
	got := client.RoutesOf([]functions.Chain{{Name: "x", Method: "GET", Path: "/x", Consumes: []string{"text/csv"}}})
	if len(got) != 1 || got[0].Chain != "x" || got[0].Type != "homing.x" || got[0].Method != "GET" ||
		got[0].Path != "/x" || got[0].Consumes[0] != "text/csv" {
		t.Errorf("got %+v", got)
	}
}
