package adapter_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/functions"
)

func TestBugEventsAndOtherAnswersLackedNosniff(t *testing.T) {
	t.Parallel()
	tokens := []adapter.Token{{Tenant: "shop", Secret: "0123456789abcdef"}}
	s := serve(t, setup{cfg: adapter.Config{Tokens: tokens}, chains: []functions.Chain{chain("echo", echo)}})
	token := []string{"Authorization", "Bearer 0123456789abcdef"}
	event := batchEvent("1", "homing.echo", `"x"`)
	structured, batch := []string{"Content-Type", "application/cloudevents+json"}, []string{"Content-Type", "application/cloudevents-batch+json"}
	accepted := s.do(http.MethodPost, "/echo", "x", append([]string{"Prefer", "respond-async"}, token...)...)
	location := accepted.header.Get("Location")
	for _, tt := range []struct {
		name, method, path, body string
		status                   int
		headers                  []string
	}{
		{"plain", http.MethodPost, "/echo", "x", 200, nil},
		{"without a body", http.MethodPost, "/echo", "", 200, nil},
		{"accepted", http.MethodPost, "/echo", "x", 202, []string{"Prefer", "respond-async"}},
		{"problem", http.MethodPost, "/echo", "x", 400, []string{"Idempotency-Key", ""}},
		{"no route", http.MethodPost, "/none", "x", 404, nil},
		{"no method", http.MethodGet, "/echo", "", 405, nil},
		{"not authorised", http.MethodPost, "/echo", "", 401, []string{"Authorization", "Bearer x"}},
		{"binary event", http.MethodPost, "/events", "x", 200, []string{"Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/", "Ce-Type", "homing.echo"}},
		{"structured event", http.MethodPost, "/events", event, 200, structured},
		{"batch", http.MethodPost, "/events", "[" + event + "]", 200, batch},
		{"no event", http.MethodPost, "/events", "x", 400, nil},
		{"fetched", http.MethodGet, location, "", 200, []string{"Prefer", "wait=10"}},
		{"fetched as an event", http.MethodGet, location, "", 200, []string{"Accept", "application/cloudevents+json"}},
		{"stream", http.MethodGet, location, "", 200, []string{"Accept", "text/event-stream"}},
		{"OpenAPI", http.MethodGet, "/openapi.json", "", 200, nil},
		{"metrics", http.MethodGet, "/metrics", "", 200, nil},
		{"liveness", http.MethodGet, "/health/liveness", "", 200, nil},
		{"readiness", http.MethodGet, "/health/readiness", "", 200, nil},
	} {
		headers := tt.headers
		if len(headers) == 0 || headers[0] != "Authorization" {
			headers = append(headers, token...)
		}
		got := s.do(tt.method, tt.path, tt.body, headers...)
		if got.status != tt.status {
			t.Errorf("%s: got %d %s", tt.name, got.status, got.body)
		}
		if nosniff := strings.Join(got.header["X-Content-Type-Options"], "|"); nosniff != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options is %q", tt.name, nosniff)
		}
	}
}
