package knative_test

import (
	"net/http"
	"testing"
)

// The paths at which func-go answers for an instance.
const (
	readiness = "/health/readiness"
	liveness  = "/health/liveness"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	s := start(t)
	for path, body := range map[string]string{readiness: "READY", liveness: "ALIVE"} {
		if got := call(t, http.MethodGet, s.url+path, nil); got.status != http.StatusOK || string(got.body) != body {
			t.Errorf("%s: got %d %q, want 200 %s", path, got.status, got.body, body)
		}
	}
}
