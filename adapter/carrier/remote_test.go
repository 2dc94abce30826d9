package carrier_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
)

// callPlain calls a step that answers plain data.
func callPlain(t *testing.T, h http.HandlerFunc) (*event.Event, error) {
	t.Helper()
	in, _ := request()
	step := carrier.NewRemote(functions.Step{URL: remote(t, h), Answers: functions.AnswersJSON})
	return client(t, carrier.Options{}).Remote(step)(t.Context(), in)
}

func TestPlainAnswerIsTheDataOfTheResult(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer      http.HandlerFunc
		data        string // "" if there is no event
		contentType string
	}{
		"JSON":             {answer(200, `{"n":2}`, "Content-Type", "application/json; charset=utf-8"), `{"n":2}`, "application/json; charset=utf-8"},
		"created":          {answer(201, `[]`, "Content-Type", "application/geo+json"), `[]`, "application/geo+json"},
		"a picture":        {answer(200, "\xff\xd8", "Content-Type", "image/jpeg"), "\xff\xd8", "image/jpeg"},
		"text":             {answer(200, "fine", "Content-Type", "text/plain"), "fine", "text/plain"},
		"a page":           {answer(200, "<html>", "Content-Type", "text/html"), "<html>", "text/html"},
		"untyped JSON":     {untyped(`{"n":2}`), `{"n":2}`, "application/json"},
		"untyped text":     {untyped(`fine`), `fine`, "application/octet-stream"},
		"nothing":          {answer(200, "", "Content-Type", "application/json"), "", ""},
		"no content":       {answer(204, ""), "", ""},
		"an event":         {answer(200, `{"n":2}`, binary()...), `{"n":2}`, "application/json"},
		"structured event": {answer(200, `{"specversion":"1.0","id":"1","source":"/s","type":"t","data":2}`, "Content-Type", structuredType), `2`, "application/json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := callPlain(t, tt.answer)
			switch {
			case err != nil:
				t.Fatal(err)
			case out == nil && tt.data == "":
			case out == nil || string(out.DataEncoded) != tt.data || out.DataContentType() != tt.contentType:
				t.Errorf("got %v, want %q of %q", out, tt.data, tt.contentType)
			}
		})
	}
}

func untyped(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil // so that net/http does not guess one
		_, _ = w.Write([]byte(body))
	}
}

func TestPlainAnswerIsRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer       http.HandlerFunc
		status       int
		title, cause string
	}{
		"broken JSON":     {answer(200, `{"n":`, "Content-Type", "application/json"), 502, "Bad response from step", `{\"n\":`},
		"no media type":   {answer(200, `x`, "Content-Type", "json"), 502, "", ""},
		"odd media type":  {answer(200, `x`, "Content-Type", "a/b; c"), 502, "Bad response from step", "a/b; c"},
		"accepted":        {answer(202, `{}`, "Content-Type", "application/json"), 502, "Bad response from step", "202 Accepted"},
		"redirect":        {answer(302, ``, "Location", "http://127.0.0.1:1/"), 502, "Bad response from step", "302"},
		"exception":       {answer(500, `<h1>Traceback: KeyError</h1>`, "Content-Type", "text/html; charset=utf-8"), 502, "Bad response from step", "KeyError"},
		"exception, JSON": {answer(500, `{"error":"x"}`, "Content-Type", "application/json"), 500, "", `{\"error\":\"x\"}`},
		"gateway's page":  {answer(503, `<h1>busy</h1>`, "Content-Type", "text/html"), 503, "", "busy"},
		"proxy's page":    {answer(502, `<h1>bad</h1>`, "Content-Type", "text/html"), 502, "Step unreachable", "bad"},
		"refusal":         {answer(422, `{"title":"No","status":422}`, "Content-Type", problemType), 422, "No", "422"},
		"page of 404":     {answer(404, `<h1>Not Found</h1>`, "Content-Type", "text/html"), 404, "", "Not Found"},
		"refused to us":   {answer(401, `{}`, "Content-Type", "application/json"), 502, "Bad response from step", "401"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := callPlain(t, tt.answer)
			own, ok := errors.AsType[*functions.Error](err)
			if tt.title == "" && tt.status == 502 { // a token alone is a media type for the step: it is refused behind it
				if ok || out == nil {
					t.Errorf("got %v, %v", out, err)
				}
				return
			}
			if !ok || own.Status != tt.status || own.Title != tt.title || own.Cause == nil || !strings.Contains(own.Cause.Error(), tt.cause) {
				t.Fatalf("got %v, %+v", out, own)
			}
			if strings.Contains(own.Title+own.Detail, "Traceback") {
				t.Errorf("the caller sees %s", own.Detail)
			}
		})
	}
}

func TestPlainAnswerOfAStepOfEventsNamesTheCure(t *testing.T) {
	t.Parallel()
	url, _ := answering(t, http.StatusOK, `{"n":2}`, "Content-Type", "application/json")
	p := send(t, url)
	if p.Status != http.StatusBadGateway || !strings.Contains(p.Cause.Error(), "`answers: json`") || strings.Contains(p.Detail, "answers: json") {
		t.Errorf("got %v with the cause %v", p, p.Cause)
	}
}

func TestHeadersOfAStepAreSent(t *testing.T) {
	t.Parallel()
	in, _ := request()
	got := make(chan http.Header, 1)
	url := remote(t, func(w http.ResponseWriter, r *http.Request) {
		got <- r.Header
		w.WriteHeader(http.StatusNoContent)
	})
	step := carrier.NewRemote(functions.Step{URL: url, Headers: map[string]string{"authorization": "Bearer x", "User-Agent": "mine"}})
	if _, err := client(t, carrier.Options{}).Remote(step)(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	h := <-got
	if h.Get("Authorization") != "Bearer x" || h.Get("User-Agent") != "mine" || h.Get("Ce-Id") == "" {
		t.Errorf("got %v", h)
	}
}

func TestSecretsAreNotInTheCauseOfAFailure(t *testing.T) {
	t.Parallel()
	const secret = "s3cret!&"
	echo := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		if r.URL.Query().Get("problem") != "" {
			w.Header().Set("Content-Type", problemType)
		}
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte(`{"status":500,"title":"T","detail":"key ` + r.Header.Get("X-Key") + `, ` + r.URL.RequestURI() + `"}`))
	}
	up := remote(t, echo)
	for name, url := range map[string]string{
		"answer": up + "/?key=${KEY}", "problem": up + "/?problem=1&key=${KEY}",
		"unreachable": "http://127.0.0.1:1/?key=${KEY}", "no URL": "http://127.0.0.1:port${KEY}/", "no host": "http://h${KEY}.invalid/",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, _ := request()
			step := carrier.NewRemote(functions.Step{URL: url, Remote: &functions.Remote{
				URL: strings.ReplaceAll(url, "${KEY}", secret), Header: http.Header{"X-Key": {secret}}, Secrets: map[string]string{"KEY": secret},
			}})
			_, err := client(t, carrier.Options{}).Remote(step)(t.Context(), in)
			if err == nil {
				t.Fatal("it has not failed")
			}
			text := err.Error()
			if own, ok := errors.AsType[*functions.Error](err); ok {
				text += own.Title + own.Detail + own.Cause.Error()
			}
			if strings.Contains(text, "s3cret") || !strings.Contains(text, "${KEY}") {
				t.Errorf("got %s", text)
			}
		})
	}
}
