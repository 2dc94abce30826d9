package problem_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/problem"
)

func TestWhatHasNoRouteIsAProblem(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /here", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("PUT /here", func(http.ResponseWriter, *http.Request) {})
	for target, want := range map[string]struct {
		status int
		allow  string
	}{
		"GET /here":  {http.StatusNoContent, ""},
		"POST /here": {http.StatusMethodNotAllowed, "GET, HEAD, PUT"},
		"GET /there": {http.StatusNotFound, ""},
		"GET /":      {http.StatusNotFound, ""},
	} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			method, path, _ := strings.Cut(target, " ")
			problem.Route(mux, w, httptest.NewRequestWithContext(t.Context(), method, path, nil))
			if w.Code != want.status || w.Header().Get("Allow") != want.allow {
				t.Errorf("got %d, Allow %q", w.Code, w.Header().Get("Allow"))
			}
			if isProblem := w.Header().Get("Content-Type") == "application/problem+json"; isProblem != (want.status >= 400) {
				t.Errorf("got %s", w.Body)
			}
		})
	}
}
