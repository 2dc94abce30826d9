package function_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	function "github.com/homing-dev/homing"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
)

// environment sets the variables that New reads, and empties all others.
func environment(t *testing.T, vars map[string]string) {
	t.Helper()
	for _, name := range []string{
		"PORT", "K_SINK", "HOMING_ROLE", "HOMING_CARRIER", "HOMING_VERTEX_URL", "HOMING_BROKER_URL", "HOMING_REPLY_URL",
		"HOMING_REPLY_ALLOW", "HOMING_REPLY_KEYS", "HOMING_STEPS", "HOMING_TOKENS", "HOMING_DRAIN",
	} {
		t.Setenv(name, "")
	}
	for name, value := range vars {
		t.Setenv(name, value)
	}
}

func handle(t *testing.T, i *runtimes.Instance, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	for n := 0; n < len(headers); n += 2 {
		r.Header.Set(headers[n], headers[n+1])
	}
	w := httptest.NewRecorder()
	i.Handle(w, r)
	return w
}

//nolint:paralleltest // sets the environment
func TestNewTakesItsRoleFromTheEnvironment(t *testing.T) {
	const tokens = "shop=0123456789abcdef"
	order, err := os.ReadFile("testdata/order.json")
	if err != nil {
		t.Fatal(err)
	}
	slip := []string{
		"Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/s", "Ce-Type", "homing.quote", "Content-Type", "application/json",
		"Ce-Routingslip", "quote.validate,quote.enrich,quote.price,",
	}
	for name, tt := range map[string]struct {
		vars  map[string]string
		route int // what the route answers
		event int // what POST / answers
	}{
		"all":    {nil, 200, 404},
		"vertex": {map[string]string{"HOMING_ROLE": "vertex", "HOMING_STEPS": "quote.*"}, 404, 200},
		"vertex of a step": {
			map[string]string{"HOMING_ROLE": "vertex", "HOMING_STEPS": "quote.price"}, 404, 404,
		},
		"adapter": {
			map[string]string{"HOMING_ROLE": "adapter", "HOMING_VERTEX_URL": "http://127.0.0.1:1", "HOMING_TOKENS": tokens}, 401, 404,
		},
		"adapter, split": {
			map[string]string{"HOMING_ROLE": "adapter", "HOMING_VERTEX_URL": "http://127.0.0.1:1/{step}", "HOMING_TOKENS": tokens}, 401, 404,
		},
		"adapter, broker": {map[string]string{
			"HOMING_ROLE": "adapter", "K_SINK": "http://127.0.0.1:1", "HOMING_REPLY_URL": "http://127.0.0.1:1", "HOMING_TOKENS": tokens,
		}, 401, 404},
		"vertex, broker": {map[string]string{
			"HOMING_ROLE": "vertex", "K_SINK": "http://127.0.0.1:1", "HOMING_REPLY_ALLOW": "http://127.0.0.1:1",
		}, 404, 400}, // the event does not say where its reply goes
	} {
		t.Run(name, func(t *testing.T) {
			environment(t, tt.vars)
			i := function.New()
			ready, err := i.Ready(t.Context())
			alive, aliveErr := i.Alive(t.Context())
			if !ready || err != nil || !alive || aliveErr != nil {
				t.Fatalf("ready %v, %v; alive %v, %v", ready, err, alive, aliveErr)
			}
			if got := handle(t, i, http.MethodPost, "/quote", string(order), "Content-Type", "application/json"); got.Code != tt.route {
				t.Errorf("the route: %d %s", got.Code, got.Body)
			}
			if got := handle(t, i, http.MethodPost, "/", string(order), slip...); got.Code != tt.event {
				t.Errorf("an event: %d %s", got.Code, got.Body)
			}
			if err := i.Stop(t.Context()); err != nil {
				t.Error(err)
			}
			if ready, err := i.Ready(t.Context()); ready || err != nil {
				t.Errorf("after Stop: ready %v, %v", ready, err)
			}
		})
	}
}

//nolint:paralleltest // sets the environment
func TestNewThatCannotServeSaysSo(t *testing.T) {
	for name, vars := range map[string]map[string]string{
		"role":      {"HOMING_ROLE": "boss"},
		"steps":     {"HOMING_ROLE": "vertex", "HOMING_STEPS": "nobody.*"},
		"allowlist": {"HOMING_ROLE": "vertex", "K_SINK": "http://s", "HOMING_REPLY_ALLOW": "ftp://a"},
		"tokens":    {"HOMING_TOKENS": "shop=short"},
		"misspelt":  {"HOMING_TOKENZ": "shop=0123456789abcdef"},
	} {
		t.Run(name, func(t *testing.T) {
			environment(t, vars)
			i := function.New()
			ready, err := i.Ready(t.Context())
			if ready || err == nil || !strings.Contains(err.Error(), "HOMING_") {
				t.Errorf("ready %v, %v", ready, err)
			}
			if alive, err := i.Alive(t.Context()); !alive || err != nil {
				t.Errorf("alive %v, %v; a restart would not help", alive, err)
			}
			got := handle(t, i, http.MethodGet, "/health/readiness", "")
			var p functions.Problem
			if err := json.Unmarshal(got.Body.Bytes(), &p); err != nil || got.Code != 503 || strings.Contains(p.Detail, "HOMING_") {
				t.Errorf("got %d %s", got.Code, got.Body)
			}
			if err := i.Stop(context.WithoutCancel(t.Context())); err != nil {
				t.Errorf("Stop gives %v", err)
			}
		})
	}
}

//nolint:paralleltest // sets the environment
func TestTheSettingsOfAnAdapterCountUnderFunc(t *testing.T) {
	environment(t, map[string]string{"HOMING_MAX_BODY": "10", "HOMING_DRAIN": "10ms"})
	i := function.New()
	if got := handle(t, i, http.MethodPost, "/quote", "more than ten bytes", "Content-Type", "application/json"); got.Code != 413 {
		t.Errorf("got %d %s", got.Code, got.Body)
	}
	r, w := io.Pipe() // a call whose body does not come
	defer w.Close()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/quote", r)
		request.Header.Set("Content-Type", "application/json")
		i.Handle(httptest.NewRecorder(), request)
	}()
	if _, err := w.Write([]byte("{")); err != nil {
		t.Fatal(err)
	}
	if err := i.Stop(t.Context()); err == nil {
		t.Error("it waited for the call")
	}
	_ = w.Close()
	<-ended
}

func TestEveryFunctionIsUsed(t *testing.T) {
	t.Parallel()
	known, err := function.Functions()
	if err != nil {
		t.Fatal(err)
	}
	chains, err := function.Chains()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range chains {
		for _, s := range c.Steps {
			delete(known, s.Uses)
		}
	}
	if len(known) != 0 || len(chains) == 0 {
		t.Errorf("no chain of %d uses %v", len(chains), known)
	}
}
