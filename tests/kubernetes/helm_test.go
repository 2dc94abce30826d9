package kubernetes_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
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
