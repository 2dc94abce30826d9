package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/homing-dev/homing/cmd/homing/internal/console"
	"github.com/homing-dev/homing/cmd/homing/internal/project"
	"github.com/homing-dev/homing/tests/leaks"
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "homing")
	if err != nil {
		panic(err)
	}
	buildSamples = sync.OnceValues(func() (string, error) {
		path := filepath.Join(dir, "app")
		out, err := exec.Command("go", "build", "-o", path, "../app").CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w: %s", err, out)
		}
		return path, err
	})
	code := leaks.Code(m.Run())
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// buildSamples builds the sample app, once.
var buildSamples func() (string, error)

// openSamples is what commands of a test open: the sample app if no folder is named,
// which is built once for all tests.
func openSamples(ctx context.Context, at project.Options) (project.App, error) {
	if at.Dir != "" {
		return openProject(ctx, at)
	}
	at.Dir, at.Package = samples, "./cmd/app"
	found, err := project.Find(ctx, at)
	if err != nil {
		return project.App{}, err
	}
	path, err := buildSamples()
	if err != nil {
		return project.App{}, err
	}
	return found.LoadBuilt(ctx, found.Program(path))
}

// runHere is run on the sample app.
func runHere(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, environ []string) int {
	a := &app{Console: console.New(stdin, stdout, stderr, environ), environ: environ, exists: exists, open: openSamples}
	return a.run(ctx, args)
}

// The sample app, and what its chains can be called with.
const (
	samples   = "../.."
	orderFile = "../../testdata/order.json"
	photoFile = "../../testdata/photo.jpg"
)

// ended is what a run of the command line left behind.
type ended struct {
	code     int
	out, err string
}

// cli runs the command line as a program would, with an empty standard input.
func cli(t *testing.T, args ...string) ended {
	t.Helper()
	return cliWith(t.Context(), "", nil, args...)
}

func cliWith(ctx context.Context, stdin string, environ []string, args ...string) ended {
	out, errs := newWatcher(), newWatcher() // an app writes there, too
	args = append([]string{}, args...)      // cobra takes those of the test program for nil
	code := runHere(ctx, args, strings.NewReader(stdin), out, errs, environ)
	return ended{code, out.String(), errs.String()}
}

// onTerminal runs the command line as a person would.
func onTerminal(t *testing.T, args ...string) ended {
	t.Helper()
	out, errs := newWatcher(), newWatcher()
	a := &app{exists: exists, open: openSamples, Console: console.Console{
		In:  strings.NewReader(""),
		Out: console.Stream{Writer: out, Terminal: true},
		Err: console.Stream{Writer: errs, Terminal: true},
	}}
	code := a.run(t.Context(), args)
	return ended{code, out.String(), errs.String()}
}

// failed checks the exit code, and that each text is on the standard error.
func (e ended) failed(t *testing.T, code int, texts ...string) {
	t.Helper()
	if e.code != code {
		t.Errorf("exit code %d, want %d; standard error: %s", e.code, code, e.err)
	}
	for _, text := range texts {
		if strings.Count(e.err, text) != 1 {
			t.Errorf("%q is not there once in: %s", text, e.err)
		}
	}
}

// ok checks that all went well and nothing was reported.
func (e ended) ok(t *testing.T) ended {
	t.Helper()
	if e.code != 0 || e.err != "" {
		t.Fatalf("exit code %d, standard error: %s", e.code, e.err)
	}
	return e
}

// golden compares with testdata/name. Run the test with UPDATE_GOLDEN=1 to
// write it anew, and read the difference.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || got != string(want) {
		t.Errorf("%v; got, other than %s:\n%s", err, path, got)
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// brokenWriter cannot be written to, like a pipe whose reader is gone.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestHelp(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"root": nil, "serve": {"serve"}, "invoke": {"invoke"}, "chain": {"chain"},
		"chain-validate": {"chain", "validate"}, "chain-graph": {"chain", "graph"}, "version": {"version"}, "check": {"check"}, "dev": {"dev"}, "deploy": {"deploy"}, "deploy-aws": {"deploy", "aws"}, "deploy-knative": {"deploy", "knative"},
		"new": {"new"}, "trace": {"trace"}, "logs": {"logs"}, "top": {"top"}, "add": {"add"}, "add-function": {"add", "function"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := cli(t, append(args, "--help")...).ok(t).out
			golden(t, "help-"+name+".txt", got)
			if !strings.Contains(got, "Examples:\n") {
				t.Error("there are no examples")
			}
		})
	}
}

func TestCommandThatOthersAreBelowShowsItsHelp(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"chain"}} {
		if got, want := cli(t, args...).ok(t).out, cli(t, append(args, "--help")...).out; got != want {
			t.Errorf("%q prints %q", args, got)
		}
	}
}

func TestMisuseIsExitCode2AndSaysWhatWasMeant(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args  []string
		texts []string
	}{
		"unknown command":      {[]string{"srve"}, []string{`"homing srve"; did you mean "serve"?`, "homing --help"}},
		"unknown subcommand":   {[]string{"chain", "grph"}, []string{`"homing chain grph"; did you mean "graph"?`, "homing chain --help"}},
		"unknown flag":         {[]string{"serve", "--lsten", ":1"}, []string{`did you mean "--listen"?`, "homing serve --help"}},
		"unknown short flag":   {[]string{"serve", "-Z"}, []string{"-Z", "homing serve --help"}},
		"flag without value":   {[]string{"serve", "--listen"}, []string{"--listen", "homing serve --help"}},
		"wrong size":           {[]string{"serve", "--max-body", "10M"}, []string{"did you mean 10MiB?"}},
		"wrong time":           {[]string{"serve", "--drain", "10"}, []string{"did you mean 10s?"}},
		"no time":              {[]string{"serve", "--drain", "0"}, []string{`--drain is "0": must be a time such as 500ms, 10s or 1h30m, and above zero`}},
		"no calls":             {[]string{"serve", "--max-in-flight", "0"}, []string{`--max-in-flight is "0": must be a whole number of at least 1`}},
		"no entries":           {[]string{"serve", "--store-entries", "-1"}, []string{`--store-entries is "-1": must be a whole number of at least 1`}},
		"an argument too many": {[]string{"serve", "quote"}, []string{`"quote"`, "usage: homing serve"}},
		"no address":           {[]string{"serve", "--listen", "8080"}, []string{`"8080" is not an address`, "127.0.0.1:8080"}},
		"unknown log level":    {[]string{"serve", "--log-level", "wran"}, []string{`did you mean "warn"?`}},
		"unknown log format":   {[]string{"invoke", "quote", "--log-format", "jsn"}, []string{`did you mean "json"?`}},
		"missing chain file":   {[]string{"serve", "--chain", "/missing.yaml"}, []string{"there is no file /missing.yaml"}},
		"missing tokens file":  {[]string{"serve", "--tokens-file", "/missing"}, []string{"/missing", "tenant=secret"}},
		"missing config file":  {[]string{"serve", "--config", "/missing"}, []string{"/missing", "--config"}},
		"both file and data":   {[]string{"invoke", "quote", "-f", "x", "-d", "y"}, []string{"[data file]"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := cli(t, tc.args...)
			got.failed(t, 2, tc.texts...)
			if got.out != "" || !strings.HasPrefix(got.err, "homing: ") {
				t.Errorf("standard output %q, standard error %q", got.out, got.err)
			}
		})
	}
}

func TestUnknownSettingStopsACommandThatHasSettings(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"serve", "invoke", "local"} {
		got := cliWith(t.Context(), "", []string{"HOMING_LISTN=secret"}, command)
		got.failed(t, 2, `HOMING_LISTN; did you mean HOMING_LISTEN?`)
		if strings.Contains(got.err, "secret") {
			t.Error("the value is shown")
		}
	}
	cliWith(t.Context(), "", []string{"HOMING_LISTN=x"}, "version").ok(t)
}

func TestBrokenOutputIsAFailure(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"version"},
		{"version", "--json"},
		{"chain", "graph"},
		{"chain", "validate"},
		{"chain", "validate", "--json"},
		{"invoke", "quote", "-f", orderFile},
		{"serve", "--listen", "127.0.0.1:0"},
	} {
		errs := newWatcher()
		code := runHere(t.Context(), args, strings.NewReader(""), brokenWriter{}, errs, nil)
		if code != 1 || !strings.Contains(errs.String(), "standard output") {
			t.Errorf("%q: exit code %d, standard error %s", args, code, errs.String())
		}
	}
}

func TestShellCompletionKnowsTheChains(t *testing.T) {
	t.Parallel()
	got := cliWith(t.Context(), "", nil, "__complete", "invoke", "")
	if got.code != 0 || !strings.HasPrefix(got.out, "quote\nthumbnail\n:4\n") {
		t.Errorf("got %+v", got)
	}
}
