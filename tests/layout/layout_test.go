// Package layout_test holds the rules of the project's layout: which package
// may import which, and what the root package must look like.
package layout_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/homing-dev/homing"

type pkg struct {
	ImportPath string
	Name       string
	Standard   bool
	Imports    []string
	Deps       []string
}

func list(t *testing.T, pattern string) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Name,Standard,Imports,Deps", pattern)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var pkgs []pkg
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for dec.More() {
		var p pkg
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
	if len(pkgs) == 0 {
		t.Fatalf("go list %s found nothing", pattern)
	}
	return pkgs
}

var root = filepath.Join("..", "..")

// shared are the internal packages on which adapter and runtimes stand.
var shared = []string{
	"/internal/accept", "/internal/backoff", "/internal/basepath", "/internal/callback", "/internal/cloudevents", "/internal/coding", "/internal/hosts", "/internal/httpbody", "/internal/letterbox", "/internal/observe", "/internal/pathmux",
	"/internal/poller", "/internal/problem", "/internal/tracing",
}

// TestImportsPointOneWay: functions ← adapter ← runtimes ← root and cmd. What
// only the tool and the tests use is internal, and no library imports it.
func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	for _, rule := range []struct {
		pattern string
		may     []string // own packages, by prefix
	}{
		{"./functions/...", []string{"/functions", "/internal/bytesize", "/internal/nearest"}},
		{"./adapter/...", append([]string{"/functions", "/adapter"}, shared...)},
		{"./runtimes/...", append([]string{"/functions", "/adapter", "/runtimes", "/internal/claimcheck", "/internal/console", "/internal/deadletter", "/internal/describe", "/internal/guide", "/internal/httpevent", "/internal/nearest", "/internal/settings"}, shared...)},
		{"./homingtest/...", []string{"/functions", "/adapter", "/runtimes", "/internal/cloudevents", "/internal/nearest"}},
		{"./internal/settings/...", append([]string{
			"/functions", "/adapter", "/runtimes/local", "/internal/settings", "/internal/bytesize", "/internal/httpevent", "/internal/nearest",
		}, shared...)},
		{"./internal/samples/...", []string{"/functions"}},
		{"./internal/guide", []string{"/functions"}},
		{"./internal/emulator/...", []string{"/functions", "/adapter", "/runtimes/oidc", "/internal/emulator", "/internal/hosts", "/internal/httpevent", "/internal/pathmux", "/internal/problem", "/internal/processgroup"}},
		{"./internal/generate/...", []string{"/functions", "/internal/generate", "/internal/nearest"}},
	} {
		for _, p := range list(t, rule.pattern) {
			for _, imported := range p.Imports {
				own, ok := strings.CutPrefix(imported, module)
				if ok && !slices.ContainsFunc(rule.may, func(prefix string) bool {
					return own == prefix || strings.HasPrefix(own, prefix+"/")
				}) {
					t.Errorf("%s imports %s", p.ImportPath, imported)
				}
			}
		}
	}
}

// TestTheToolHoldsNoFunctions: it works on the app in a folder.
func TestTheToolHoldsNoFunctions(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "./cmd/homing/...") {
		for _, dep := range p.Deps {
			if dep == module || strings.HasPrefix(dep, module+"/internal/samples") {
				t.Errorf("%s depends on %s", p.ImportPath, dep)
			}
		}
	}
}

// TestFunctionsDependOnNoPlatform is the second promise of the design.
func TestFunctionsDependOnNoPlatform(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "./functions/...") {
		for _, dep := range p.Deps {
			for _, platform := range []string{
				"github.com/aws/", "knative.dev/", "k8s.io/", "github.com/cloudevents/sdk-go/v2/client",
				"github.com/cloudevents/sdk-go/v2/protocol", module + "/adapter", module + "/runtimes",
			} {
				if strings.HasPrefix(dep, platform) {
					t.Errorf("%s depends on %s", p.ImportPath, dep)
				}
			}
		}
	}
}

// TestFunctionsImportOnlyTheEvent holds the rule of the package that every
// author of a function imports.
func TestFunctionsImportOnlyTheEvent(t *testing.T) {
	t.Parallel()
	for _, imported := range list(t, "./functions")[0].Imports {
		if strings.Contains(imported, ".") && imported != "github.com/cloudevents/sdk-go/v2/event" &&
			imported != "github.com/cloudevents/sdk-go/v2/types" { // the types of its attributes
			t.Errorf("functions imports %s", imported)
		}
	}
}

// TestImportablePackages holds what users can import. A new name here has a user
// outside of this repository in mind; all else is internal.
func TestImportablePackages(t *testing.T) {
	t.Parallel()
	var got []string
	for _, p := range list(t, "./...") {
		own := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		if p.Name != "main" && !strings.HasPrefix(own, "tests/") && !strings.Contains("/"+own+"/", "/internal/") {
			got = append(got, own)
		}
	}
	want := []string{
		"", "adapter", "adapter/carrier", "adapter/carrier/lambda",
		"adapter/reply", "adapter/reply/dynamodb", "adapter/reply/memory", "adapter/reply/redis", "adapter/reply/remote",
		"adapter/reply/replytest", "adapter/reply/s3",
		"functions", "functions/chainfile", "homingtest",
		"runtimes", "runtimes/knative", "runtimes/lambda", "runtimes/local", "runtimes/oidc", "runtimes/otel", "runtimes/sigv4", "runtimes/vertex",
	}
	if !slices.Equal(got, want) {
		t.Errorf("users can import %q, want %q", got, want)
	}
}

// TestRootIsWhatFuncDetects: exactly one top-level New or Handle in the root's
// Go files, as knative/func's scaffolding demands.
func TestRootIsWhatFuncDetects(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal("no Go files in the root", err)
	}
	found := []string{}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && fn.Recv == nil && (fn.Name.Name == "New" || fn.Name.Name == "Handle") {
				found = append(found, fn.Name.Name)
			}
		}
	}
	if !slices.Equal(found, []string{"New"}) {
		t.Errorf("the root has %v, want one New", found)
	}
}
