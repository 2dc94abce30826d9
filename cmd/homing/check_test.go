package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCheckSaysWhatAStepDoesAndHowToMendIt(t *testing.T) {
	t.Parallel()
	event := func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Ce-Specversion", "1.0")
		h.Set("Ce-Id", r.Header.Get("Ce-Id"))
		h.Set("Ce-Source", "/step")
		h.Set("Ce-Type", "answered")
		h.Set("Content-Type", "application/json")
		_, _ = io.Copy(w, r.Body)
	}
	strict := func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if strings.HasSuffix(string(body), `"broken`) {
				http.Error(w, "no JSON", http.StatusBadRequest)
				return
			}
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			next(w, r)
		}
	}
	says := func(status int, contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	seen := map[string]bool{}
	for _, tt := range []struct {
		name string
		step http.HandlerFunc
		args []string
		code int
		want []string
	}{
		{"an event", strict(event), nil, 0, []string{"ok    event: 200 OK", "an event of type answered with 2 bytes of application/json", "ok    broken body: 400", "url: \"http://127.0.0.1"}},
		{"an event that takes all", event, nil, 0, []string{"warn  broken body: 200 OK", "answer 400 unless any body is right"}},
		{"no event", strict(says(200, "application/json", `{"a":1}`)), nil, 0, []string{"7 bytes of application/json, and no event", "        answers: json\n"}},
		{"broken JSON", says(200, "application/json", `{"a"`), nil, 1, []string{"it says JSON, but is none"}},
		{"a page", says(200, "text/html; charset=utf-8", "<h1>Log in</h1>"), nil, 1, []string{"a page, as of a front end", "<h1>Log in</h1>"}},
		{"no content type", func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			_, _ = io.WriteString(w, "x")
		}, nil, 1, []string{`Content-Type "" is none`}},
		{"an event without a source", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Ce-Specversion", "1.0")
			w.Header().Set("Ce-Id", "1")
			w.Header().Set("Ce-Type", "t")
			w.WriteHeader(http.StatusOK)
		}, nil, 1, []string{"it is meant to be a CloudEvent, but is none", "source"}},
		{"nothing", says(204, "", ""), nil, 0, []string{"warn  event: 204 No Content", "its caller gets 204"}},
		{"an empty 200", says(200, "", ""), nil, 0, []string{"its caller gets 204"}},
		{"accepted", says(202, "", ""), nil, 0, []string{"warn  event: 202", "is to come later"}},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://other.example/x", http.StatusMovedPermanently)
		}, nil, 1, []string{"redirects are not followed", "https://other.example/x"}},
		{"a secret", func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer s" {
				http.Error(w, "who?", http.StatusUnauthorized)
				return
			}
			event(w, r)
		}, nil, 1, []string{"fail  event: 401 Unauthorized", "who?", "headers: or auth:"}},
		{"the secret", func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer s" {
				http.Error(w, "who?", http.StatusUnauthorized)
				return
			}
			event(w, r)
		}, []string{"-H", "Authorization: Bearer s"}, 0, []string{"ok    event"}},
		{"another path", http.NotFound, nil, 1, []string{"404", "it takes no POST at this path"}},
		{"another method", says(405, "", ""), nil, 1, []string{"405", "it takes no POST at this path"}},
		{"another type", says(415, "", ""), nil, 1, []string{"--content-type"}},
		{"a crash", says(500, "text/html", "<pre>Traceback\x1b[31m\nKeyError</pre>"), nil, 1, []string{"<pre>Traceback[31m KeyError</pre>", "see its log"}},
		{"a crash by the caller's fault", strict(event), []string{"-d", `"broken`}, 1, []string{"fail  event: 400", "send a body that it takes"}},
		{"one answer for each event", func(w http.ResponseWriter, r *http.Request) {
			if id := r.Header.Get("Ce-Id"); seen[id] {
				http.Error(w, "twice", http.StatusConflict)
				return
			}
			seen[r.Header.Get("Ce-Id")] = true
			event(w, r)
		}, nil, 0, []string{"warn  same event again: 409 Conflict", "answer the same event as before"}},
		{"a silent one", func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // so that the end of the client is seen
			<-r.Context().Done()
		}, []string{"--timeout", "50ms"}, 1, []string{"no answer within", "--timeout"}},
		{"one that hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nil, 1, []string{"it closed the connection"}},
		{"a coded one", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.WriteString(z, `{"a":1}`)
			_ = z.Close()
		}, nil, 0, []string{"7 bytes of application/json"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(tt.step)
			defer srv.Close()
			got := cli(t, append([]string{"check", srv.URL}, tt.args...)...)
			if got.code != tt.code {
				t.Errorf("ends with %d:\n%s%s", got.code, got.out, got.err)
			}
			for _, want := range tt.want {
				if !strings.Contains(got.out, want) {
					t.Errorf("%q is not in\n%s%s", want, got.out, got.err)
				}
			}
			if strings.ContainsRune(got.out, '\x1b') {
				t.Errorf("a terminal would obey %q", got.out)
			}
		})
	}
}

func TestCheckOfNoStep(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.NotFoundHandler())
	closed := srv.URL
	srv.Close()
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{closed}, 1, "start the step"},
		{[]string{"http://no-such-host.invalid"}, 1, ""},
		{[]string{"localhost:9001"}, 2, "is not the URL of a step"},
		{[]string{"http://127.0.0.1:1", "-H", "x"}, 2, "--header 1"},
		{[]string{"http://127.0.0.1:1", "--timeout", "0s"}, 2, "--timeout"},
		{[]string{"http://127.0.0.1:1", "-f", "no-such-file"}, 2, "no-such-file"},
		{nil, 2, "name the URL of one step"},
	} {
		got := cli(t, append([]string{"check"}, tt.args...)...)
		if got.code != tt.code || !strings.Contains(got.out+got.err, tt.want) {
			t.Errorf("%v ends with %d: %s%s", tt.args, got.code, got.out, got.err)
		}
	}
	if got := cli(t, "check", "--json", closed); got.code != 1 || !strings.Contains(got.out, `"level": "fail"`) {
		t.Errorf("got %d %s", got.code, fmt.Sprint(got.out, got.err))
	}
}
