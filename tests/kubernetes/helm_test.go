package kubernetes_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/homing-dev/homing/adapter/reply"
)

var chart = filepath.Join("..", "..", "infra", "helm", "homing")

// helm runs helm itself, which is built from its module.
func helm(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), helmProgram, args...)
	cmd.Env = append(os.Environ(), "HELM_CACHE_HOME="+t.TempDir(), "HELM_CONFIG_HOME="+t.TempDir(), "HELM_DATA_HOME="+t.TempDir())
	out, err := cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		stderr = string(failed.Stderr)
	}
	return string(out), stderr, err
}

func set(values []string) []string {
	var args []string
	for _, v := range values {
		args = append(args, "--set", v)
	}
	return args
}

// rendered are the objects of the chart with these values.
func rendered(t *testing.T, values ...string) *objects {
	t.Helper()
	args := append([]string{"template", "shop", chart, "--namespace", "shops", "--set", "image=registry.internal/shop:1"}, set(values)...)
	out, stderr, err := helm(t, args...)
	if err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	o := &objects{}
	o.read(t, strings.Join(values, ","), []byte(out))
	return o
}

func TestTheChartHasNoFault(t *testing.T) {
	t.Parallel()
	for _, values := range [][]string{nil, {"image=a"}, {"image=a", "shape=vertex", "redis.secretKey=store", "ingress.host=a.example.com"}} {
		if out, stderr, err := helm(t, append([]string{"lint", "--strict", chart}, set(values)...)...); err != nil {
			t.Errorf("%q: %v\n%s%s", values, err, out, stderr)
		}
	}
}

func TestTheChartTakesNoInvalidValue(t *testing.T) {
	t.Parallel()
	for want, values := range map[string][]string{
		"image is missing":                      {},
		"additional properties 'imag'":          {"imag=a"},
		"/shape":                                {"image=a", "shape=split"},
		"/redis/url":                            {"image=a", "redis.url=replies:6379"},
		"additional properties 'secret'":        {"image=a", "redis.secret=store"},
		"/replicas/min":                         {"image=a", "replicas.min=0"},
		"/drainSeconds":                         {"image=a", "drainSeconds=1m"},
		"/image":                                {"image=a b"},
		"/secrets":                              {"image=a", "secrets=FRAUD_KEY"},
		"additional properties 'certificate'":   {"image=a", "ingress.certificate=a"},
		"/resources":                            {"image=a", "resources.all.limits.cpu=1"},
		"replicas.min is greater than replicas": {"image=a", "replicas.min=11"},
		"redis.url and redis.secretKey":         {"image=a", "redis.url=redis://a", "redis.secretKey=store"},
	} {
		if out, stderr, err := helm(t, append([]string{"template", "shop", chart}, set(values)...)...); err == nil || !strings.Contains(stderr, want) {
			t.Errorf("%q: %v, %s, %s, want %q", values, err, out, stderr, want)
		}
	}
}

// TestTheChartPassesOnWhatItIsTold checks what every other test leaves out.
func TestTheChartPassesOnWhatItIsTold(t *testing.T) {
	t.Parallel()
	o := rendered(t, "shape=vertex", "env.LIMIT=5", "env.PRICE=a$(B)", "secrets={FRAUD_KEY}", "ingress.host=shop.example.com", "ingress.tlsSecret=tls",
		"secret=shop", "resources.vertex.limits.memory=3Gi")
	for _, d := range o.deployments {
		all, vertex := variables(d), d.Name == "shop-vertex"
		if all["LIMIT"].Value != "5" || all["PRICE"].Value != "a$$(B)" || (all["FRAUD_KEY"].ValueFrom != nil) != vertex {
			t.Errorf("%s has %v", d.Name, all)
		}
		if got := d.Spec.Template.Spec.Containers[0].Resources.Limits.Memory().String(); (got == "3Gi") != vertex {
			t.Errorf("%s has %s", d.Name, got)
		}
	}
	if len(o.ingresses) != 1 || o.ingresses[0].Spec.Rules[0].HTTP.Paths[0].Backend.Service.Name != "shop" || o.ingresses[0].Spec.TLS[0].SecretName != "tls" {
		t.Errorf("the Ingress is %v", o.ingresses)
	}
}

// TestTheChartTakesTheLinesOfThePages installs nothing, since there is no cluster: helm
// renders what it would install, in a clone as the page says.
func TestTheChartTakesTheLinesOfThePages(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "guides", "first-day-kubernetes.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for line := range strings.Lines(string(page)) {
		words := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "helm install "):
			found++
			words[1], words[3] = "template", filepath.Join("..", "..", words[3])
			if out, stderr, err := helm(t, words[1:]...); err != nil || !strings.Contains(out, "kind: Deployment") {
				t.Errorf("%s: %v\n%s", line, err, stderr)
			}
		case strings.HasPrefix(line, "helm "):
			found++
			if out, stderr, err := helm(t, words[1], "--help"); err != nil || !strings.Contains(out, "helm "+words[1]+" ") {
				t.Errorf("%s: %v\n%s", line, err, stderr)
			}
		}
	}
	if found != 2 {
		t.Errorf("found %d lines", found)
	}
}

// cluster is an API server that knows these kinds by their API, such as
// "/apis/apps/v1", and has one Secret.
func cluster(t *testing.T, kinds map[string][]string, secret *corev1.Secret) string {
	t.Helper()
	secret.APIVersion, secret.Kind = "v1", "Secret"
	groups := metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}}
	known := map[string]any{
		"/version": map[string]string{"major": "1", "minor": "34", "gitVersion": "v1.34.0"},
		"/api":     metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"}},
		"/api/v1/namespaces/" + secret.Namespace + "/secrets/" + secret.Name: secret,
	}
	for api, all := range kinds {
		version := strings.TrimPrefix(strings.TrimPrefix(api, "/apis/"), "/api/")
		list := metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: version}
		for _, kind := range all {
			list.APIResources = append(list.APIResources, metav1.APIResource{Name: strings.ToLower(kind) + "s", Kind: kind, Namespaced: true, Verbs: metav1.Verbs{"get"}})
		}
		known[api] = list
		if group, number, ok := strings.Cut(version, "/"); ok {
			v := metav1.GroupVersionForDiscovery{GroupVersion: version, Version: number}
			groups.Groups = append(groups.Groups, metav1.APIGroup{Name: group, Versions: []metav1.GroupVersionForDiscovery{v}, PreferredVersion: v})
		}
	}
	known["/apis"] = groups
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		answer, ok := known[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			answer = metav1.Status{
				TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Failure", Reason: metav1.StatusReasonNotFound, Code: http.StatusNotFound,
			}
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestAnUpgradeKeepsTheKeys has helm look for what the release has made before.
func TestAnUpgradeKeepsTheKeys(t *testing.T) {
	t.Parallel()
	first, another := rendered(t, "shape=vertex").secrets[0], rendered(t, "shape=vertex").secrets[0]
	keys := string(first.Data["keys"])
	if _, err := reply.ParseKeys(keys); err != nil || keys == string(another.Data["keys"]) {
		t.Errorf("the keys are %s, of another release %s: %v", keys, another.Data, err)
	}
	url := cluster(t, map[string][]string{
		"/api/v1": {"Secret", "Service"}, "/apis/apps/v1": {"Deployment"}, "/apis/policy/v1": {"PodDisruptionBudget"},
		"/apis/autoscaling/v2": {"HorizontalPodAutoscaler"}, "/apis/networking.k8s.io/v1": {"NetworkPolicy"},
	}, first)
	out, stderr, err := helm(t, "template", "shop", chart, "--namespace", "shops", "--set", "image=a,shape=vertex",
		"--dry-run=server", "--kube-apiserver", url, "--is-upgrade", "--disable-openapi-validation")
	if err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	o := &objects{}
	o.read(t, "upgrade", []byte(out))
	if got := string(o.secrets[0].Data["keys"]); got != keys {
		t.Errorf("the keys have become %s", got)
	}
}

func TestTheKeysMayBeThoseOfAnotherSecret(t *testing.T) {
	t.Parallel()
	o := rendered(t, "shape=vertex", "keysSecret=mine")
	for _, d := range o.deployments {
		if from := variables(d)["HOMING_REPLY_KEYS"].ValueFrom.SecretKeyRef; from.Name != "mine" || from.Key != "keys" || len(o.secrets) > 0 {
			t.Errorf("%s has its keys from %v beside %v", d.Name, from, o.secrets)
		}
	}
	d := rendered(t, "ingress.host=a.example.com", "ingress.proxies={10.0.0.0/8,192.0.2.1}").deployments[0]
	if got := variables(d)["HOMING_TRUSTED_PROXIES"].Value; got != "10.0.0.0/8,192.0.2.1" {
		t.Errorf("the trusted proxies are %q", got)
	}
}
