package problem_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

func TestRouteAnswersUnknownRoutesWithProblems(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /things/{id}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	for name, tt := range map[string]struct {
		method, path string
		status       int
		allow        string
	}{
		"known":        {http.MethodPut, "/things/1", http.StatusNoContent, ""},
		"other method": {http.MethodGet, "/things/1", http.StatusMethodNotAllowed, http.MethodPut},
		"other path":   {http.MethodPut, "/nowhere", http.StatusNotFound, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			problem.Route(mux, w, httptest.NewRequestWithContext(t.Context(), tt.method, tt.path, http.NoBody))
			if w.Code != tt.status || w.Header().Get("Allow") != tt.allow {
				t.Fatalf("got %d, Allow %q", w.Code, w.Header().Get("Allow"))
			}
			if w.Code < http.StatusBadRequest {
				return
			}
			if w.Header().Get("Content-Type") != functions.ProblemContentType || !strings.Contains(w.Body.String(), tt.path) {
				t.Errorf("got %v %s", w.Header(), w.Body)
			}
		})
	}
}
