package knative_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/homing-dev/homing/runtimes/knative"
)

// On Knative a SinkBinding can come after the first revision of what it binds.
func TestAProcessWithoutItsBrokerWaitsForIt(t *testing.T) {
	t.Parallel()
	for role, e := range map[string]env{
		"adapter": {"HOMING_REPLY_URL": "http://{revision}.default.svc.cluster.local", "HOMING_REPLY_KEYS": "a=" + secret},
		"vertex":  {"HOMING_REPLY_ALLOW": "http://a", "HOMING_REPLY_KEYS": "a=" + secret},
	} {
		e = with(e, "HOMING_ROLE", role)
		e["HOMING_CARRIER"] = "broker"
		if _, err := knative.FromEnv(e.environ()); err == nil || !strings.Contains(err.Error(), "HOMING_BROKER_URL is missing") {
			t.Errorf("%s elsewhere: %v", role, err)
		}
		e["K_SERVICE"], e["K_REVISION"] = "homing-"+role, "homing-"+role+"-00001"
		cfg, err := knative.FromEnv(e.environ())
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		svc, err := knative.New(cfg, nil, knative.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		if line := log.String(); strings.Count(line, "K_SINK is missing") != 1 || !strings.Contains(line, "level=WARN") {
			t.Errorf("%s: the log is %s", role, line)
		}
		p := serve(t, svc)
		if p.Ready() {
			t.Errorf("%s is ready", role)
		}
		if got := do(t, http.MethodGet, p.url+"/health/liveness", ""); got.status != http.StatusOK {
			t.Errorf("%s is not alive: %d", role, got.status)
		}
		for _, path := range []string{"/health/readiness", "/", "/letters"} {
			got := do(t, http.MethodPost, p.url+path, "-")
			if got.problem(t, http.StatusServiceUnavailable); got.header.Get("Retry-After") == "" {
				t.Errorf("%s: no Retry-After", role)
			}
		}
		if err := p.Drain(t.Context()); err != nil || p.MaxResponseTime() != 0 {
			t.Errorf("%s: %v", role, err)
		}
		e["K_SINK"] = "http://broker" // of the next revision
		if ready := start(t, e, letters()); !ready.Ready() {
			t.Errorf("%s with its broker is not ready", role)
		}
	}
}

func TestTheAddressOfRepliesIsThatOfTheRevision(t *testing.T) {
	t.Parallel()
	e := env{"HOMING_ROLE": "adapter", "K_SINK": "http://s", "K_REVISION": "homing-adapter-00007"}
	for set, want := range map[string]string{
		"http://{revision}.default.svc.cluster.local":     "http://homing-adapter-00007.default.svc.cluster.local",
		"https://{revision}.default:8443/{revision}":      "https://homing-adapter-00007.default:8443/homing-adapter-00007",
		"http://homing-adapter.default.svc.cluster.local": "http://homing-adapter.default.svc.cluster.local",
		"http://10.244.1.7:8080":                          "http://10.244.1.7:8080",
	} {
		if cfg, err := knative.FromEnv(with(e, "HOMING_REPLY_URL", set).environ()); err != nil || cfg.ReplyURL != want {
			t.Errorf("%s is %s, %v", set, cfg.ReplyURL, err)
		}
	}
	e["K_REVISION"] = ""
	_, err := knative.FromEnv(with(e, "HOMING_REPLY_URL", "http://{revision}.default.svc.cluster.local").environ())
	if err == nil || !strings.Contains(err.Error(), "K_REVISION is missing") {
		t.Errorf("elsewhere: %v", err)
	}
	if _, err := knative.FromEnv(with(e, "HOMING_REPLY_URL", "http://{pod}.default").environ()); err == nil {
		t.Error("an unknown {} is taken")
	}
}
