package layout_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

const funcGo, funcGoVersion = "knative.dev/func-go", "v0.22.0"

// scaffoldPins are the other modules that the go.mod of func's scaffold names for a
// function with `func New`. func adds the requirements of the function to these, but
// raises none of them, and builds with what it has.
func scaffoldPins() map[string]string {
	return map[string]string{
		"github.com/mattn/go-colorable": "v0.1.13",
		"github.com/mattn/go-isatty":    "v0.0.20",
		"github.com/rs/zerolog":         "v1.32.0",
		"golang.org/x/sys":              "v0.47.0",
	}
}

// TestFuncBuildsItsScaffold builds the root module as `func deploy --builder=host`
// does: in a module of its own, whose go.mod is not brought up to date.
func TestFuncBuildsItsScaffold(t *testing.T) {
	t.Parallel()
	path, required := requirements(t)
	pins := scaffoldPins()
	for _, module := range slices.Sorted(maps.Keys(pins)) {
		if have := required[module]; semver.Compare(have, pins[module]) > 0 {
			t.Errorf("go.mod requires %s %s, but func's scaffold pins %s and does not raise it, so that `func deploy --builder=host` "+
				"ends with \"updates to go.mod needed\".\nTake what needs no more than %[3]s. What needs it:\n%s",
				module, have, pins[module], needing(t, module, pins[module]))
		}
	}
	if t.Failed() {
		return
	}
	dir := t.TempDir()
	writeScaffold(t, dir, path, required)
	cmd := exec.CommandContext(t.Context(), "go", "build", "-mod=readonly", "-o", filepath.Join(dir, "f"), ".")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("func would not build the root module: %v\n%s", err, out)
	}
}

// requirements returns the path of the root module, and what its go.mod requires.
func requirements(t *testing.T) (path string, required map[string]string) {
	t.Helper()
	name := filepath.Join(root, "go.mod")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file, err := modfile.Parse(name, data, nil)
	if err != nil {
		t.Fatal(err)
	}
	required = make(map[string]string, len(file.Require))
	for _, r := range file.Require {
		required[r.Mod.Path] = r.Mod.Version
	}
	return file.Module.Mod.Path, required
}

// needing returns which versions of which modules need more of a module than pinned.
func needing(t *testing.T, module, pinned string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "mod", "graph")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var found strings.Builder
	for line := range strings.Lines(string(out)) {
		from, to, _ := strings.Cut(strings.TrimSpace(line), " ")
		version, of := strings.CutPrefix(to, module+"@")
		if of && strings.Contains(from, "@") && semver.Compare(version, pinned) > 0 {
			fmt.Fprintf(&found, "\t%s needs %s\n", from, version)
		}
	}
	return found.String()
}

func writeScaffold(t *testing.T, dir, path string, required map[string]string) {
	t.Helper()
	absolute, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	all := maps.Clone(required)
	maps.Copy(all, scaffoldPins())
	all[funcGo] = funcGoVersion
	var mod strings.Builder
	fmt.Fprintf(&mod, "module function\n\ngo 1.26.0\n\nrequire %s v0.0.0\n\nreplace %[1]s => %s\n\nrequire (\n", path, absolute)
	for _, module := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&mod, "\t%s %s // indirect\n", module, all[module])
	}
	mod.WriteString(")\n")
	var sums []byte
	for _, name := range []string{"go.sum", "tests/knative/go.sum"} {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		sums = append(bytes.TrimSpace(append(sums, data...)), '\n')
	}
	for name, data := range map[string][]byte{"go.mod": []byte(mod.String()), "go.sum": sums, "main.go": []byte(scaffoldMain(path))} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// scaffoldMain is the main of func's scaffold.
func scaffoldMain(path string) string {
	return fmt.Sprintf(`package main

import (
	"fmt"
	"os"

	"%s/http"

	f %q
)

func main() {
	if err := http.Start(f.New()); err != nil {
		fmt.Fprintln(os.Stderr, err.Error())
		os.Exit(1)
	}
}
`, funcGo, path)
}
