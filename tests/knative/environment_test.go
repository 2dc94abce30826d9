package knative_test

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	manifest "github.com/homing-dev/homing/internal/generate/knative"
	"github.com/homing-dev/homing/runtimes/knative"
)

// contract lists what a process of Homing reads on Knative.
var contract = []string{
	"PORT", "K_SINK", "HOMING_ROLE", "HOMING_CARRIER", "HOMING_VERTEX_URL", "HOMING_BROKER_URL", "HOMING_REPLY_URL", "HOMING_REPLY_ALLOW",
	"HOMING_REPLY_KEYS", "HOMING_STEPS", "HOMING_DRAIN", "HOMING_TOKENS",
	"POD_IP", // for the value of HOMING_REPLY_URL
}

func TestEveryVariableIsOneThatIsRead(t *testing.T) {
	t.Parallel()
	for _, opts := range []manifest.Options{{}, {PodNetwork: "10.244."}} {
		for shape, m := range generated(t, opts) {
			for _, s := range m.services {
				for name := range environment(t, s) {
					if !slices.Contains(contract, name) {
						t.Errorf("shape %s: %s sets %s", shape, s.Name, name)
					}
				}
			}
		}
	}
}

// TestEveryProcessStarts gives the runtime the environment of each Service, as
// Knative and the SinkBinding complete it.
func TestEveryProcessStarts(t *testing.T) {
	t.Parallel()
	for _, opts := range []manifest.Options{{}, {PodNetwork: "10.244."}} {
		for shape, m := range generated(t, opts) {
			started := 0
			for _, s := range m.services {
				c := container(t, s)
				if len(c.Args) > 0 {
					t.Errorf("shape %s: %s runs the app with %q", shape, s.Name, c.Args)
				}
				env := completed(c, map[string]string{
					"tokens": "shop=" + strings.Repeat("s", 64), "reply-keys": "k1=" + strings.Repeat("5", 64),
				})
				var environ []string
				for name, value := range env {
					environ = append(environ, name+"="+value)
				}
				cfg, err := knative.FromEnv(environ)
				if err != nil || len(cfg.Ignored) != 0 {
					t.Errorf("shape %s: %s: %v; without effect are %q", shape, s.Name, err, cfg.Ignored)
					continue
				}
				service, err := knative.New(cfg, chains(t), knative.Options{Logger: slog.New(slog.DiscardHandler)})
				if err != nil {
					t.Errorf("shape %s: %s: %v", shape, s.Name, err)
					continue
				}
				if role := s.Labels[component]; cfg.Role != role || !service.Ready() {
					t.Errorf("shape %s: %s has the role %s and is ready: %v", shape, s.Name, cfg.Role, service.Ready())
				}
				service.Close()
				started++
			}
			if started == 0 {
				t.Errorf("shape %s starts nothing", shape)
			}
		}
	}
}

// completed is the environment of a container when it runs, with the values of its Secret.
func completed(c corev1.Container, secrets map[string]string) map[string]string {
	env := map[string]string{"PORT": "8080", "K_SERVICE": "homing-adapter", "K_REVISION": "homing-adapter-00001"}
	for _, v := range c.Env {
		switch from := v.ValueFrom; {
		case from == nil:
			env[v.Name] = strings.ReplaceAll(v.Value, "$(POD_IP)", env["POD_IP"])
		case from.SecretKeyRef != nil:
			env[v.Name] = secrets[from.SecretKeyRef.Key]
		case from.FieldRef != nil && from.FieldRef.FieldPath == "status.podIP":
			env[v.Name] = "10.244.1.7"
		}
	}
	if env["HOMING_CARRIER"] == "broker" { // the SinkBinding finds these
		maps.Copy(env, map[string]string{"K_SINK": "http://broker-ingress.knative-eventing.svc.cluster.local/default/homing"})
	}
	return env
}
