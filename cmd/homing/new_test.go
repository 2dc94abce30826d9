package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homing-dev/homing/cmd/homing/internal/scaffold"
)

// in runs the command line in a folder, with an environment.
func in(t *testing.T, folder string, environ []string, args ...string) ended {
	t.Helper()
	t.Chdir(folder)
	return cliWith(t.Context(), "", environ, args...)
}

// program runs another program in a folder, which must succeed.
func program(t *testing.T, folder string, environ []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = folder, environ
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

//nolint:paralleltest // changes the folder
func TestANewAppOfRemoteStepsPassesItsTests(t *testing.T) {
	for lang, test := range map[string][]string{"python": {"python3", "-m", "unittest"}, "node": {"node", "--test"}} {
		t.Run(lang, func(t *testing.T) {
			app := filepath.Join(t.TempDir(), "Café № 7")
			if err := os.Mkdir(app, 0o700); err != nil {
				t.Fatal(err)
			}
			got := in(t, app, nil, "new", ".", "--lang", lang).ok(t)
			if !strings.HasPrefix(got.out, "caf-7: ") || strings.Contains(got.out, "cd ") {
				t.Errorf("it prints %s", got.out)
			}
			env := append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
			program(t, app, env, test[0], test[1:]...)
			in(t, app, nil, "add", "function", "price").ok(t)
			in(t, app, nil, "add", "function", "price.discount", "--chain", "price").ok(t)
			out := program(t, app, env, test[0], test[1:]...)
			if want := map[string]string{"python": "Ran 6 tests", "node": "# pass 6"}[lang]; !strings.Contains(out, want) {
				t.Errorf("the tests: %s", out)
			}
			text := read(t, filepath.Join(app, "chain.yaml"))
			chains, err := scaffold.Chains([]byte(text))
			if err != nil || len(chains) != 2 || len(chains[1].Steps) != 2 || chains[1].Steps[1].URL != "${STEPS_URL}/price_discount" {
				t.Errorf("%v; the chains are %s", err, text)
			}
		})
	}
}

//nolint:paralleltest // changes the folder
func TestNewNeverOverwrites(t *testing.T) {
	app := t.TempDir()
	mine := filepath.Join(app, "shop", "go.mod")
	if err := os.MkdirAll(filepath.Dir(mine), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(mine, []byte("module mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	in(t, app, nil, "new", "shop", "--no-tidy").failed(t, 1, "in shop, go.mod exist", "--force")
	if entries, err := os.ReadDir(filepath.Dir(mine)); err != nil || len(entries) != 1 || read(t, mine) != "module mine\n" {
		t.Errorf("%v: there are %v", err, entries)
	}
	in(t, app, nil, "new", "shop", "--no-tidy", "--force").ok(t)
	if text := read(t, mine); !strings.HasPrefix(text, "module shop\n") {
		t.Errorf("go.mod is %s", text)
	}
	in(t, app, nil, "new", "shop", "--no-tidy").failed(t, 1, "and 11 more")
	in(t, app, nil, "new", "shop/go.mod").failed(t, 1, "is no folder")
}

//nolint:paralleltest // changes the folder
func TestWhatNewCannotWrite(t *testing.T) {
	folder := t.TempDir()
	for name, tt := range map[string]struct {
		args  []string
		code  int
		texts []string
	}{
		"no name":         {nil, 2, []string{"the name of the app is missing"}},
		"two names":       {[]string{"a", "b"}, 2, []string{"argument too many"}},
		"spaces":          {[]string{"My Shop"}, 2, []string{`"My Shop" is not a name`, "homing new my-shop"}},
		"a digit":         {[]string{"x/2shop"}, 2, []string{"begins with a letter", "homing new x/app-2shop"}},
		"nothing usable":  {[]string{"Ä"}, 2, []string{"homing new shop"}},
		"long":            {[]string{strings.Repeat("a", 41)}, 2, []string{"more than 40 letters"}},
		"Go's own":        {[]string{"time"}, 2, []string{"Go's own", "--module example.com/time"}},
		"module":          {[]string{"shop", "--module", "example.com/a b"}, 2, []string{"is not the path of a Go module"}},
		"module dots":     {[]string{"shop", "--module", "../shop"}, 2, []string{"is not the path of a Go module"}},
		"Homing":          {[]string{"shop", "--module", "github.com/homing-dev/homing/shop"}, 2, []string{"Homing itself"}},
		"language":        {[]string{"shop", "--lang", "pyton"}, 2, []string{`did you mean "python"?`}},
		"no source":       {[]string{"shop", "--source", "."}, 2, []string{"no checkout of Homing"}},
		"no template":     {[]string{"shop", "--from", "nowhere"}, 2, []string{"no template folder nowhere"}},
		"from and lang":   {[]string{"shop", "--from", ".", "--lang", "go"}, 2, []string{"group [from lang]"}},
		"add nowhere":     {[]string{"add"}, 2, []string{"no chain.yaml in this folder", "homing new NAME"}},
		"add of nothing":  {[]string{"add-nothing"}, 2, []string{"the name of the function is missing"}},
		"chain and route": {[]string{"add-both"}, 2, []string{"group [chain route]"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"new"}, tt.args...)
			switch name {
			case "add nowhere":
				args = []string{"add", "function", "price"}
			case "add of nothing":
				args = []string{"add", "function"}
			case "chain and route":
				args = []string{"add", "function", "price", "--chain", "a", "--route", "b"}
			}
			in(t, folder, nil, args...).failed(t, tt.code, tt.texts...)
		})
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 0 {
		t.Errorf("%v: there are %v", err, entries)
	}
}

//nolint:paralleltest // changes the folder
func TestANewAppIsThereThoughTheNetworkIsNot(t *testing.T) {
	folder := t.TempDir()
	env := append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOMODCACHE="+t.TempDir())
	got := in(t, folder, env, "new", "shop")
	got.failed(t, 0, "go mod tidy failed", "without a network")
	if !strings.Contains(got.out, "cd shop\n  go mod tidy\n  go test ./...\n") {
		t.Errorf("it prints %s", got.out)
	}
}
