package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestDeployPrintsEveryCommand(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	for _, tt := range []struct {
		args []string
		want []string
	}{
		{[]string{"knative", "--registry", "example.com/shop"}, []string{
			"$ func deploy --builder=host --registry example.com/shop --namespace default",
		}},
		{[]string{"knative", "--registry", "example.com/a b", "--shape", "split", "--namespace", "shop"}, []string{
			"$ KO_DOCKER_REPO='example.com/a b' ko build ./cmd/app",
			"$ homing generate knative --shape split --image IMAGE --namespace shop --out infra/knative",
			"$ kubectl apply -k infra/knative/split",
		}},
		{[]string{"aws"}, []string{"$ sam build", "$ sam deploy --guided"}},
	} {
		got := cli(t, append(append([]string{"deploy"}, tt.args...), "--dry-run", "--dir", root)...).ok(t).out
		if got != strings.Join(tt.want, "\n")+"\n" {
			t.Errorf("%v prints\n%s", tt.args, got)
		}
	}
}

func TestDeployOfWhatCannotBeDeployed(t *testing.T) {
	t.Parallel()
	remote := t.TempDir()
	if err := os.WriteFile(filepath.Join(remote, "chain.yaml"), []byte("chains: []"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"aws", "--dir", t.TempDir()}, "homing new"},
		{[]string{"aws", "--dir", remote}, "has to be a Go program"},
		{[]string{"knative", "--dir", remote, "--registry", "r"}, "homing generate knative"},
		{[]string{"knative"}, "--registry"},
		{[]string{"knative", "--registry", "r", "--shape", "all"}, "one shape"},
		{[]string{"knative", "--registry", "r", "--shape", "inlin"}, `did you mean "inline"?`},
	} {
		got := cli(t, append([]string{"deploy"}, tt.args...)...)
		if got.code != 2 || !strings.Contains(got.err, tt.want) {
			t.Errorf("%v ends with %d: %s", tt.args, got.code, got.err)
		}
	}
}

// The real tools need a cluster, an account or a registry, so that these say how they
// were called.
func TestDeployRunsWhatItPrints(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	binary := filepath.Join(dir, "homing")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, name := range []string{"ko", "kubectl", "func"} {
		script := "#!/bin/sh\necho \"" + name + " got $* in $KO_DOCKER_REPO\" >&2\n[ \"$1\" != build ] || echo example.com/shop@sha256:1\n[ \"$*\" != \"$FAILS\" ]\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	run := func(environ string, args ...string) (string, error) {
		app := filepath.Join(t.TempDir(), "app")
		for name, text := range map[string]string{
			"go.mod": "module shop\n\ngo 1.26\n\nrequire github.com/homing-dev/homing v0.0.0\n", "cmd/app/main.go": "package main\n", "chain.yaml": "chains: []\n",
		} {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(app, name)), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(app, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), binary, append([]string{"deploy", "knative", "--dir", app, "--package", "./cmd/app", "--registry", "example.com/shop"}, args...)...)
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+filepath.Dir(goTool)+":/usr/bin:/bin", environ)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := run("FAILS=")
	if err != nil || !strings.Contains(out, "func got deploy --builder=host --registry example.com/shop --namespace default in") {
		t.Errorf("%v: %s", err, out)
	}
	out, err = run("FAILS=build ./cmd/app", "--shape", "vertex")
	if err == nil || !strings.Contains(out, "ko got build ./cmd/app in example.com/shop") || !strings.Contains(out, "ko has failed: exit status 1") ||
		strings.Contains(out, "kubectl") {
		t.Errorf("%v: %s", err, out)
	}
}
