package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestGenerateKubernetesWritesTheManifestsThatAreCheckedIn(t *testing.T) {
	t.Parallel()
	folder, checkedIn := t.TempDir(), "../../infra/kubernetes"
	names := strings.Fields(generateCLI(t, "kubernetes", "--out", folder).ok(t).out)
	var found []string
	for _, name := range names {
		rel, err := filepath.Rel(folder, name)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, filepath.ToSlash(rel))
		if read(t, name) != read(t, filepath.Join(checkedIn, rel)) {
			t.Errorf("%s is not what is checked in", rel)
		}
	}
	want := []string{
		"inline/10-homing.yaml", "inline/kustomization.yaml", "vertex/10-vertex.yaml", "vertex/20-adapter.yaml", "vertex/kustomization.yaml",
	}
	if !slices.Equal(found, want) {
		t.Errorf("got %q, want %q", found, want)
	}
}

func TestGenerateKubernetesTakesAShapeAnImageAndChainsOfRemoteSteps(t *testing.T) {
	t.Parallel()
	out, dir := t.TempDir(), t.TempDir()
	text := "chains:\n  - name: own\n    route: POST /own\n    timeout: 11m\n    env: {URL: 'http://a'}\n    secrets: [KEY]\n" +
		"    steps: [{name: a, url: '${URL}', headers: {X: '${KEY}'}}]\n"
	if err := os.WriteFile(filepath.Join(dir, "chain.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(out, "extra"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(out, "extra", "kustomization.yaml"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	generateCLI(t, "kubernetes", "--dir", dir, "--shape", "vertex", "--image", "registry.internal/homing:1", "--namespace", "shops", "--name", "shop",
		"--env", "URL=http://b/$c", "--secret", "shop-2", "--store", "redis", "--out", out).ok(t)
	for file, texts := range map[string][]string{
		"10-vertex.yaml": {
			"image: registry.internal/homing:1\n", "namespace: shops\n", "args:\n            - serve\n", "value: http://b/$$c\n", "key: KEY\n",
			"name: shop-vertex\n", "name: shop-2\n", "value: 15m5s\n",
		},
		"20-adapter.yaml":    {"value: http://shop-vertex\n", "key: store\n", "key: tokens\n", "--from-literal=KEY=VALUE"},
		"05-chain.yaml":      {"route: POST /own"},
		"kustomization.yaml": {"- ../extra\n"},
	} {
		got := read(t, filepath.Join(out, "vertex", file))
		for _, text := range texts {
			if !strings.Contains(got, text) {
				t.Errorf("%q is not in %s", text, got)
			}
		}
	}
}

func TestGenerateKubernetesThatCannotBeWritesNothing(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args  []string
		texts []string
	}{
		"split":        {[]string{"--shape", "split"}, []string{`without Knative there are ["inline" "vertex"]`}},
		"shape":        {[]string{"--shape", "vertx"}, []string{`there is no shape "vertx"; did you mean "vertex"?`}},
		"placeholder":  {[]string{"--image", "registry.example.com/shop:1"}, []string{"is a placeholder"}},
		"variable":     {[]string{"--env", "LIMIT=5"}, []string{"no step needs a variable LIMIT"}},
		"of Knative":   {[]string{"--pod-network", "10."}, []string{"unknown flag: --pod-network"}},
		"store":        {[]string{"--store", "dynamo"}, []string{`there is no store "dynamo"`}},
		"two problems": {[]string{"--name", "Shop", "--namespace", "a b"}, []string{`"Shop" cannot name`, `"a b" is not the name of a namespace`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			generateCLI(t, append([]string{"kubernetes", "--out", folder}, tc.args...)...).failed(t, 2, tc.texts...)
			if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
				t.Errorf("%v; %d were written", err, len(left))
			}
		})
	}
}
