package e2e_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	function "github.com/homing-dev/homing"
	"github.com/homing-dev/homing/functions/chainfile"
	manifests "github.com/homing-dev/homing/internal/generate/knative"
)

// ownChains have a function between remote steps, with a variable and a secret.
const ownChains = `chains:
  - name: own
    route: POST /own
    env: {STEPS_URL: "http://127.0.0.1:1"}
    secrets: [STEP_KEY]
    steps:
      - name: first
        url: ${STEPS_URL}/first
        answers: json
        headers: {X-Key: "${STEP_KEY}"}
      - function: quote.validate
      - name: last
        url: ${STEPS_URL}/last
        answers: json
`

// object is what of a generated manifest matters to who runs it without a cluster.
type object struct {
	Kind     string
	Metadata struct{ Name string }
	Spec     struct {
		Filters    []struct{ Prefix map[string]string }
		Subscriber struct{ Ref struct{ Name string } }
		Template   struct {
			Spec struct {
				Containers []struct{ Env []environmentVariable }
			}
		}
	}
}

type environmentVariable struct {
	Name, Value string
	ValueFrom   struct {
		SecretKeyRef struct{ Name, Key string } `yaml:"secretKeyRef"`
	} `yaml:"valueFrom"`
}

// environment is that of the container, as the platform completes it.
func (o object) environment(t *testing.T, secrets map[string]string) []string {
	t.Helper()
	var env []string
	for _, v := range o.Spec.Template.Spec.Containers[0].Env {
		value := strings.ReplaceAll(v.Value, "$$", "$")
		if key := v.ValueFrom.SecretKeyRef.Key; key != "" {
			var ok bool
			if value, ok = secrets[key]; !ok {
				t.Errorf("%s needs a key %s of the Secret, of which nobody has told", o.Metadata.Name, key)
			}
		}
		env = append(env, v.Name+"="+value)
	}
	return env
}

// generatedObjects are the manifests of one shape.
func generatedObjects(t *testing.T, shape manifests.Shape, stepsURL string) []object {
	t.Helper()
	known, err := function.Functions()
	if err != nil {
		t.Fatal(err)
	}
	chains, err := chainfile.Parse("chain.yaml", []byte(ownChains), known)
	if err != nil {
		t.Fatal(err)
	}
	files, err := manifests.Manifests(chains, manifests.Options{
		Shapes: []manifests.Shape{shape}, App: "own", Env: map[string]string{"STEPS_URL": stepsURL},
	})
	if err != nil {
		t.Fatal(err)
	}
	var all []object
	for _, f := range files {
		for dec := yaml.NewDecoder(bytes.NewReader(f.Data)); ; {
			var o object
			if err := dec.Decode(&o); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			all = append(all, o)
		}
	}
	return all
}

// TestGeneratedContainersAnswer starts the app once for each generated container, in
// its environment, and calls it through a broker with the generated Triggers.
func TestGeneratedContainersAnswer(t *testing.T) {
	t.Parallel()
	const key = "a $secret of (steps)"
	steps := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/first" && r.Header.Get("X-Key") != key {
			http.Error(w, "the secret is missing", http.StatusForbidden)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/last" {
			body = append([]byte(`{"order":`), append(body, '}')...)
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(steps.Close)
	secrets := map[string]string{
		"tokens": "alice=" + strings.Repeat("5", 64), "reply-keys": "k1=" + strings.Repeat("7", 64), "STEP_KEY": key,
	}
	file := filepath.Join(t.TempDir(), "chain.yaml")
	if err := os.WriteFile(file, []byte(ownChains), 0o600); err != nil {
		t.Fatal(err)
	}
	for shape, services := range map[manifests.Shape]int{manifests.Inline: 1, manifests.Vertex: 3, manifests.Split: 3} {
		t.Run(string(shape), func(t *testing.T) {
			t.Parallel()
			b := newBroker(t, patient())
			urls := map[string]string{}
			port := freePort(t)
			objects := generatedObjects(t, shape, steps.URL)
			for _, o := range objects {
				if o.Kind != "Service" {
					continue
				}
				env := append(o.environment(t, secrets), "HOMING_BROKER_URL="+b.url, "K_REVISION=127.0.0.1")
				network := strings.NewReplacer("own-adapter-*", "127.0.0.1", ".default.svc.cluster.local", ":"+port)
				for i, v := range env {
					env[i] = network.Replace(v)
				}
				on := freePort(t)
				if o.Metadata.Name == "own-adapter" || shape == manifests.Inline {
					on = port
				}
				urls[o.Metadata.Name] = knativeOn(t, on, file, env...).url
			}
			for _, o := range objects {
				if o.Kind == "Trigger" {
					b.route(o.Spec.Filters[0].Prefix["routingslip"], urls[o.Spec.Subscriber.Ref.Name])
				}
			}
			if len(urls) != services {
				t.Errorf("there are %d Services: %v", len(urls), urls)
			}
			order, url := sample(t, "testdata", "order.json"), "http://127.0.0.1:"+port+"/own"
			got := call(t, http.MethodPost, url, order, "Content-Type", "application/json", "Authorization", "Bearer "+strings.Repeat("5", 64))
			if got.status != http.StatusOK || !strings.HasPrefix(got.body, `{"order":`) {
				t.Errorf("got %d %s", got.status, got.body)
			}
			if got := call(t, http.MethodPost, url, order, "Content-Type", "application/json"); got.status != http.StatusUnauthorized {
				t.Errorf("without a token got %d", got.status)
			}
			if shape == manifests.Inline {
				return
			}
			for name, url := range urls { // what any pod can send
				if name == "own-adapter" {
					continue
				}
				got := call(t, http.MethodPost, url, order, "Content-Type", "application/json", "Ce-Specversion", "1.0", "Ce-Id", "1",
					"Ce-Source", "/stranger", "Ce-Type", "homing.own", "Ce-Routingslip", "own.quote.validate,")
				if got.status != http.StatusUnauthorized {
					t.Errorf("%s takes the event of a stranger: %d %s", name, got.status, got.body)
				}
			}
		})
	}
}
