package project_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/project"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/tests/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

func in(name string) project.Options { return project.Options{Dir: filepath.Join("testdata", name)} }

// load finds and loads an app as commands do, without the cache of the user.
func load(t *testing.T, o project.Options) (project.App, error) {
	t.Helper()
	p, err := project.Find(t.Context(), o)
	if err != nil || p.Remote() {
		if err == nil {
			return p.LoadBuilt(t.Context(), project.Program{})
		}
		return project.App{}, err
	}
	program, err := p.Build(t.Context(), filepath.Join(t.TempDir(), "app"))
	if err != nil {
		return project.App{}, err
	}
	return p.LoadBuilt(t.Context(), program)
}

func TestAnAppIsFoundBuiltAndAsked(t *testing.T) {
	t.Parallel()
	app, err := load(t, in("app"))
	if err != nil {
		t.Fatal(err)
	}
	if app.Package != "./cmd/app" || !strings.HasSuffix(app.ImportPath, "/testdata/app/cmd/app") || len(app.Warnings) > 0 ||
		len(app.Described.Functions) != 1 || len(app.Chains) != 1 || app.Chains[0].Name != "greet" {
		t.Errorf("got %+v, %+v", app, app.Project)
	}
	if _, err := app.Program.Describe(t.Context()); err != nil {
		t.Error(err)
	}
	chains, err := project.ChainsIn(t.Context(), app.Program.Path)
	if err != nil || len(chains) != 1 || chains[0].Path != "/greet" {
		t.Errorf("got %v, %v", chains, err)
	}
}

func TestChainsThatAreNotThoseOfTheAppAreWarnedOf(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other := filepath.Join(dir, project.DefaultFile)
	if err := os.WriteFile(other, []byte("chains: [{name: other, route: POST /o, steps: [greet]}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := in("app")
	o.Chain = other
	if app, err := load(t, o); err != nil || len(app.Warnings) > 0 || app.Chains[0].Name != "other" {
		t.Errorf("a file that was named: got %v, %v", app.Warnings, err)
	}
	o = in("two")
	o.Package = "../app/cmd/app"
	app, err := load(t, o)
	if err != nil || len(app.Warnings) > 0 {
		t.Errorf("the same text: got %v, %v", app.Warnings, err)
	}
}

func TestWhatKeepsAnAppFromBeingUsedIsSaidWithTheNextStep(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	notApp := in("plain")
	notApp.Package = "./other"
	named := func(o project.Options, pkg, chain string) project.Options {
		o.Package, o.Chain = pkg, chain
		return o
	}
	for name, tc := range map[string]struct {
		at         project.Options
		code       int
		text, next string
	}{
		"no chain.yaml":     {project.Options{Dir: empty}, exit.Misused, "there is no chain.yaml in " + empty, "homing new NAME"},
		"no folder":         {in("missing"), exit.Misused, "there is no folder", "--dir"},
		"no such file":      {named(in("app"), "", "other.yaml"), exit.Misused, "there is no file other.yaml", "leave it out"},
		"a folder":          {named(in("app"), "", "testdata"), exit.Misused, "testdata is a folder", "name the file"},
		"an option":         {named(in("app"), "-x", ""), exit.Misused, `"-x" is not a package`, ""},
		"several programs":  {in("two"), exit.Misused, "the app may be ./cmd/a or ./cmd/b", "--package ./cmd/a"},
		"does not compile":  {in("broken"), exit.Failed, "the app does not build:\n", ""},
		"no such package":   {named(in("app"), "./nowhere", ""), exit.Failed, "directory not found", ""},
		"ends":              {in("silent"), exit.Failed, "the database does not answer", "runtimes.Main before anything"},
		"functions":         {in("badmap"), exit.Failed, "the function greet is a string", "functions.Map"},
		"functions, no app": {in("plain"), exit.Failed, `unknown function "greet"`, "functions need a program"},
		"no module":         {named(project.Options{Dir: empty}, ".", filepath.Join("testdata", "app", "chain.yaml")), exit.Misused, "there is no go.mod", "go mod init"},
		"no runtimes.Main":  {notApp, exit.Failed, "the app does not say which functions it has", "runtimes.Main"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t, tc.at)
			own, ok := errors.AsType[*exit.Error](err)
			if !ok || own.Code != tc.code || !strings.Contains(err.Error(), tc.text) || !strings.Contains(own.Next, tc.next) {
				t.Errorf("got %v, %+v", err, own)
			}
		})
	}
}

func TestErrorsOfTheCompilerHaveTheirPlaces(t *testing.T) {
	t.Parallel()
	_, err := load(t, in("broken"))
	if err == nil || !strings.Contains(err.Error(), "main.go:6:29: undefined: nothing") {
		t.Errorf("got %v", err)
	}
}

func TestAFunctionThatIsMissingIsNamedWithTheNearest(t *testing.T) {
	t.Parallel()
	o := in("app")
	o.Chain = filepath.Join(t.TempDir(), "chain.yaml")
	if err := os.WriteFile(o.Chain, []byte("chains: [{name: a, route: POST /a, steps: [great]}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := load(t, o)
	if _, ok := errors.AsType[chainfile.Errors](err); !ok || !strings.Contains(err.Error(), `known are greet; did you mean "greet"?`) {
		t.Errorf("got %v", err)
	}
}

func TestChainsOfRemoteStepsNeedNoProgram(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const chains = "chains: [{name: a, route: POST /a, steps: [{name: b, url: 'http://127.0.0.1:1'}]}]"
	if err := os.WriteFile(filepath.Join(dir, project.DefaultFile), []byte(chains), 0o600); err != nil {
		t.Fatal(err)
	}
	app, err := load(t, project.Options{Dir: dir})
	if err != nil || !app.Remote() || len(app.Chains) != 1 || !strings.HasSuffix(app.ImportPath, "/cmd/homing") {
		t.Errorf("got %+v, %v", app, err)
	}
}

// buffer is written to while it is read.
type buffer struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.String()
}

func TestAnAppThatIsStartedServesUntilItIsStopped(t *testing.T) {
	t.Parallel()
	o := in("app")
	o.Environ = []string{"GREETING=Hello", "HOMING_TOKENS=shop=0123456789abcdef"}
	app, err := load(t, o)
	if err != nil {
		t.Fatal(err)
	}
	var out, logged buffer
	running, err := app.Program.Start(t.Context(), project.Start{
		Environ: []string{"HOMING_LISTEN=127.0.0.1:0"}, Stdout: &out, Stderr: &logged,
		Without: func(name string) bool { return name == "HOMING_TOKENS" },
	})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(running.URL()+"/greet", "text/plain", strings.NewReader("you"))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if resp.StatusCode != http.StatusOK || string(body) != "Hello, you" {
		t.Errorf("got %d %s", resp.StatusCode, body)
	}
	running.Signal(syscall.SIGTERM)
	<-running.Done()
	if running.Err() != nil || out.String() != "welcome\n" || !strings.Contains(logged.String(), `"msg":"stopped"`) {
		t.Errorf("it ended with %v, %q, %s", running.Err(), out.String(), &logged)
	}
}

func TestAnAppThatCannotServeHasItsExitCode(t *testing.T) {
	t.Parallel()
	app, err := load(t, in("app"))
	if err != nil {
		t.Fatal(err)
	}
	var logged buffer
	_, err = app.Program.Start(t.Context(), project.Start{Environ: []string{"HOMING_LISTN=x"}, Stderr: &logged})
	failed, ok := errors.AsType[*exec.ExitError](err)
	if !ok || failed.ExitCode() != 2 || !strings.Contains(logged.String(), "did you mean HOMING_LISTEN?") {
		t.Errorf("got %v, %s", err, &logged)
	}
}
