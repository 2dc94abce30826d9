package pathmux_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/pathmux"
)

// answering returns a mux whose handlers answer with the pattern and the values of
// its wildcards.
func answering(t testing.TB, patterns ...string) *pathmux.Mux {
	t.Helper()
	m := pathmux.New()
	for _, pattern := range patterns {
		method, path, _ := strings.Cut(pattern, " ")
		if err := m.Handle(method, path, func(w http.ResponseWriter, r *http.Request) {
			text := pattern
			for _, name := range []string{"x", "y", "rest"} {
				if strings.Contains(pattern, "{"+name) {
					text += " " + name + "=" + r.PathValue(name)
				}
			}
			_, _ = w.Write([]byte(text))
		}); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func call(t testing.TB, h http.Handler, method, target string) *httptest.ResponseRecorder {
	t.Helper()
	u, err := url.ParseRequestURI(target)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), method, "/", http.NoBody)
	r.URL, r.RequestURI = u, target
	h.ServeHTTP(w, r)
	return w
}

func TestPathsAreTakenByteForByte(t *testing.T) {
	t.Parallel()
	m := answering(t, "GET /a/b", "GET /files/{rest...}", "GET /items/{x}", "GET /items/{x}/of/{y}", "GET /dir/", "GET /exact/{$}",
		"GET /caf%C3%A9", "GET /items/special", "POST /items/{x}", "PUT /a/b", "GET /{$}")
	for target, want := range map[string]string{
		"/a/b":                    "GET /a/b",
		"/a%2Fb":                  "404",
		"/a%2fb":                  "404",
		"/%61/b":                  "GET /a/b",
		"/a//b":                   "404",
		"//a/b":                   "404",
		"/a/b/":                   "404",
		"/a/./b":                  "404",
		"/a/c/../b":               "404",
		"/a/%2e%2e/a/b":           "404",
		"/files":                  "404",
		"/files/":                 "GET /files/{rest...} rest=",
		"/files//":                "GET /files/{rest...} rest=/",
		"/files/a//b":             "GET /files/{rest...} rest=a//b",
		"/files/../a/b":           "GET /files/{rest...} rest=../a/b",
		"/files/./a":              "GET /files/{rest...} rest=./a",
		"/files/a%2Fb":            "GET /files/{rest...} rest=a/b",
		"/files/a%252Fb":          "GET /files/{rest...} rest=a%2Fb",
		"/items/a%2Fb":            "GET /items/{x} x=a/b",
		"/items/..":               "GET /items/{x} x=..",
		"/items/special":          "GET /items/special",
		"/items/speci%61l":        "GET /items/special",
		"/items/":                 "404",
		"/items//of/b":            "404",
		"/items/a%2Fof/of/b%2Fof": "GET /items/{x}/of/{y} x=a/of y=b/of",
		"/dir":                    "404",
		"/dir/":                   "GET /dir/",
		"/dir//x":                 "GET /dir/",
		"/exact/":                 "GET /exact/{$}",
		"/exact":                  "404",
		"/exact//":                "404",
		"/exact/x":                "404",
		"/caf%C3%A9":              "GET /caf%C3%A9",
		"/caf\u00e9":              "GET /caf%C3%A9",
		"/a\"%2Fb":                "404",
		"/items/\"%2F":            "GET /items/{x} x=\"/",
		"/":                       "GET /{$}",
		"//":                      "404",
		"*":                       "404",
	} {
		w := call(t, m, http.MethodGet, target)
		got := w.Body.String()
		if w.Code != http.StatusOK {
			got = http.StatusText(w.Code)
			want = strings.ReplaceAll(want, "404", http.StatusText(http.StatusNotFound))
			if w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("Location") != "" {
				t.Errorf("%s: answered by %v %s", target, w.Header(), w.Body)
			}
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", target, got, want)
		}
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	m := answering(t, "GET /a/{x}", "PUT /a/b", "POST /only", "HEAD /only", "GET /rest/{rest...}", "DELETE /rest/{x}")
	for target, want := range map[string]struct {
		status int
		text   string // or Allow
	}{
		"GET /a/b":       {http.StatusOK, "GET /a/{x} x=b"},
		"PUT /a/b":       {http.StatusOK, "PUT /a/b"},
		"HEAD /a/b":      {http.StatusOK, "GET /a/{x} x=b"},
		"HEAD /only":     {http.StatusOK, "HEAD /only"},
		"POST /a/b":      {http.StatusMethodNotAllowed, "GET, HEAD, PUT"},
		"POST /a/c":      {http.StatusMethodNotAllowed, "GET, HEAD"},
		"GET /only":      {http.StatusMethodNotAllowed, "HEAD, POST"},
		"DELETE /rest/a": {http.StatusOK, "DELETE /rest/{x} x=a"},
		"GET /rest/a":    {http.StatusOK, "GET /rest/{rest...} rest=a"},
		"PUT /rest/a/b":  {http.StatusMethodNotAllowed, "GET, HEAD"},
		"BREW /rest/a":   {http.StatusMethodNotAllowed, "DELETE, GET, HEAD"},
		"OPTIONS /none":  {http.StatusNotFound, ""},
	} {
		method, path, _ := strings.Cut(target, " ")
		w := call(t, m, method, path)
		got := w.Header().Get("Allow")
		if w.Code == http.StatusOK {
			got = w.Body.String()
		}
		if w.Code != want.status || got != want.text {
			t.Errorf("%s: got %d %q, want %d %q", target, w.Code, got, want.status, want.text)
		}
	}
}

func TestConflictsAndBadPatternsAreErrors(t *testing.T) {
	t.Parallel()
	m := answering(t, "GET /a/{x}", "GET /b/{rest...}")
	for _, pattern := range []string{"GET /a/{x}", "GET /a/{y}", "GET /{x}/a", "GET /b/", "GET /c/{x", "GET /c//d", "GET /c/../d"} {
		method, path, _ := strings.Cut(pattern, " ")
		if err := m.Handle(method, path, http.NotFound); err == nil {
			t.Errorf("%s was taken", pattern)
		}
	}
	if got := call(t, m, http.MethodGet, "/a/a").Body.String(); got != "GET /a/{x} x=a" {
		t.Errorf("a refused pattern has changed the mux: %s", got)
	}
}
