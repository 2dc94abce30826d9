// Package newapp_test writes apps as a stranger does: by the published tool, in a
// folder outside of this repository.
package newapp_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homing-dev/homing/tests/internal/published"
)

// shell runs programs in a folder.
type shell struct {
	folder  string
	environ []string
}

// run runs a program, which must succeed, and returns what it prints.
func (s shell) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = s.folder, s.environ
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func (s shell) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestANewAppInGoBuildsAndPassesItsTests(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	sh := shell{t.TempDir(), append(published.Environ(t), "GOBIN="+bin)}
	sh.run(t, "go", "install", "github.com/homing-dev/homing/cmd/homing@"+published.Version)
	homing := filepath.Join(bin, "homing")
	if out := sh.run(t, homing, "new", "shop", "--module", "example.com/my/shop"); !strings.Contains(out, "cd shop\n  go test") {
		t.Errorf("it prints %s", out)
	}
	sh.folder = filepath.Join(sh.folder, "shop")
	passes := func() {
		t.Helper()
		if unformatted := sh.run(t, "gofmt", "-l", "."); unformatted != "" {
			t.Errorf("gofmt would change %s", unformatted)
		}
		sh.run(t, "go", "vet", "./...")
		sh.run(t, "go", "test", "./...")
	}
	if mod := sh.read(t, "go.mod"); !strings.Contains(mod, "homing "+published.Version) {
		t.Errorf("go.mod is %s", mod)
	}
	passes()
	before := sh.read(t, "chain.yaml")

	sh.run(t, homing, "add", "function", "price")
	sh.run(t, homing, "add", "function", "price.linux", "--chain", "price")
	sh.run(t, homing, "add", "function", "report_test", "--route", "GET /reports/{id}")
	passes()
	if text := sh.read(t, "chain.yaml"); !strings.HasPrefix(text, before) {
		t.Errorf("the chains are %s", text)
	}
	if text := sh.read(t, "functions.go"); !strings.Contains(text, `functions.Typed(PriceLinux),`) {
		t.Errorf("the functions are %s", text)
	}
	if list := sh.run(t, "go", "test", "-v", "-run", "PriceLinux|ReportTest", "."); strings.Count(list, "--- PASS") != 2 {
		t.Errorf("the tests of what was added: %s", list)
	}
	sh.environ = append(sh.environ, "ARTIFACTS_DIR=out")
	if text := sh.run(t, "make", "-n", "build-Adapter"); !strings.Contains(text, `"out/bootstrap"`) {
		t.Errorf("make would run %s", text)
	}
}
