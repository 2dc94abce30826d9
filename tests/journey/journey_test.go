// Package journey_test does what a stranger does, by the published tool, in a
// folder outside of this repository.
package journey_test

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

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

// start runs a program until the test is over, and returns the first text of the
// form that it prints.
func (s shell) start(t *testing.T, form, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = s.folder, s.environ
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // which nobody ignores, as SIGINT is in the background
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = in, in
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = in.Close()
	found := make(chan string, 1)
	go func() {
		defer close(found)
		all, lines := "", bufio.NewScanner(out)
		for lines.Scan() {
			all += lines.Text() + "\n"
			if text := regexp.MustCompile(form).FindString(lines.Text()); text != "" {
				found <- text
				_, _ = io.Copy(io.Discard, out)
				return
			}
		}
		t.Errorf("%s prints %s", name, all)
	}()
	t.Cleanup(func() {
		_ = cmd.Wait()
		_ = out.Close()
	})
	text, ok := <-found
	if !ok {
		t.FailNow()
	}
	return text
}

// greets calls the route of a new app.
func greets(t *testing.T, base string) {
	t.Helper()
	for body, want := range map[string]string{`{"name":"Ada"}`: `200 {"text": "Hello, Ada"}`, `{}`: "422"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/greet", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		got := strings.ReplaceAll(fmt.Sprintf("%d %s", resp.StatusCode, text), `":"`, `": "`)
		if err != nil || !strings.HasPrefix(got, want) {
			t.Errorf("%s is answered with %s, %v", body, got, err)
		}
	}
}

// served is the address in the line "Serving 1 chain on ADDRESS" of homing dev.
func served(line string) string { return line[strings.LastIndexByte(line, ' ')+1:] }

const address = `http://127\.0\.0\.1:[0-9]+`

// install installs the published tool.
func install(t *testing.T) (sh shell, homing string) {
	t.Helper()
	bin := t.TempDir()
	sh = shell{t.TempDir(), append(published.Environ(t), "GOBIN="+bin)}
	sh.run(t, "go", "install", "github.com/homing-dev/homing/cmd/homing@"+published.Version)
	return sh, filepath.Join(bin, "homing")
}

// answers calls the route of a new app until it answers so: what is edited is served
// as soon as it is built.
func answers(t *testing.T, base, want string) {
	t.Helper()
	got := ""
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); <-time.After(100 * time.Millisecond) {
		resp, err := http.Post(base+"/greet", "application/json", strings.NewReader(`{"name":"Ada"}`))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if got = fmt.Sprintf("%d %s", resp.StatusCode, text); err == nil && strings.Contains(got, want) {
			return
		}
	}
	t.Fatalf("it answers %s, and never %s", got, want)
}

// edit replaces a text in a file, at once: a file that is written in place changes twice.
func (s shell) edit(t *testing.T, name, old, text string) {
	t.Helper()
	before := s.read(t, name)
	if !strings.Contains(before, old) {
		t.Fatalf("%s has no %q", name, old)
	}
	whole := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(whole, []byte(strings.Replace(before, old, text, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(whole, filepath.Join(s.folder, name)); err != nil {
		t.Fatal(err)
	}
}

// TestTheFirstDayWithPythonOrNode: new, dev with an edit, invoke, generate.
func TestTheFirstDayWithPythonOrNode(t *testing.T) {
	t.Parallel()
	sh, homing := install(t)
	for _, lang := range []struct{ name, file, test string }{
		{"python", "functions/greet.py", "python3 -m unittest"}, {"node", "functions/greet.mjs", "node --test"},
	} {
		sh.run(t, homing, "new", lang.name, "--lang", lang.name)
		app := shell{filepath.Join(sh.folder, lang.name), append(sh.environ, "PYTHONDONTWRITEBYTECODE=1")}
		app.run(t, "sh", "-c", lang.test)
		app.run(t, homing, "chain", "validate")
		url := served(app.start(t, "Serving .* on "+address, homing, "dev", "--listen", "127.0.0.1:0"))
		greets(t, url)
		app.edit(t, lang.file, "Hello, ", "Welcome, ")
		answers(t, url, "Welcome, Ada")
		if out := app.run(t, homing, "invoke", "greeting", "--url", url, "-d", `{"name":"Ada"}`); !strings.Contains(out, "Welcome, Ada") {
			t.Errorf("invoke prints %s", out)
		}
		app.edit(t, lang.file, "Welcome, ", "Hello, ")
		app.run(t, homing, "add", "function", "price")
		app.run(t, "sh", "-c", lang.test)
		app.run(t, homing, "generate", "knative", "--image", "registry.internal/shop:1", "--out", "deploy")
		if manifest := app.run(t, "sh", "-c", "cat deploy/*/*.yaml"); !strings.Contains(manifest, "STEPS_URL") {
			t.Errorf("the manifests set no STEPS_URL: %s", manifest)
		}
	}
}

func TestANewAppOfRemoteStepsIsServed(t *testing.T) {
	t.Parallel()
	sh, homing := install(t)
	for lang, steps := range map[string][]string{"python": {"python3", "app.py"}, "node": {"node", "app.mjs"}} {
		sh.run(t, homing, "new", lang, "--lang", lang)
		app := shell{filepath.Join(sh.folder, lang), append(sh.environ, "PORT=0", "PYTHONDONTWRITEBYTECODE=1")}
		url := app.start(t, address, steps[0], steps[1:]...)
		app.environ = append(app.environ, "STEPS_URL="+url)
		greets(t, app.start(t, address, homing, "serve", "--chain", "chain.yaml", "--listen", "127.0.0.1:0"))
	}
}

func TestANewAppInGoBuildsAndPassesItsTests(t *testing.T) {
	t.Parallel()
	sh, homing := install(t)
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
	url := served(sh.start(t, "Serving .* on "+address, homing, "dev", "--listen", "127.0.0.1:0"))
	greets(t, url)
	sh.edit(t, "greet.go", `"Hello, "`, `Salutation()`) // does not build
	answers(t, url, "Hello, Ada")
	sh.edit(t, "greet.go", `Salutation()`, `"Welcome, "`)
	answers(t, url, "Welcome, Ada")
	sh.edit(t, "greet.go", `"Welcome, "`, `"Hello, "`)
	answers(t, url, "Hello, Ada")
	if out := sh.run(t, homing, "trace", "--url", url); !strings.Contains(out, "POST /greet") {
		t.Errorf("the latest request in the console is %s", out)
	}
	if out := sh.run(t, homing, "logs", "--url", url); !strings.Contains(out, "call") {
		t.Errorf("its log is %s", out)
	}
	if out := sh.run(t, homing, "invoke", "greeting", "-d", `{"name":"Ada"}`); !strings.Contains(out, "Hello, Ada") {
		t.Errorf("invoke prints %s", out)
	}
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
	deploys(t, sh, homing)
}

// deploys runs the app as it is deployed, as far as one machine can.
func deploys(t *testing.T, sh shell, homing string) {
	t.Helper()
	sh.run(t, homing, "generate", "sam", "--force")
	for _, shape := range []string{"inline", "vertex", "split"} {
		local := sh
		greets(t, local.start(t, address, homing, "local", "--build", "--port", "0", "--parameter", "Shape="+shape, "--parameter", "Open=true"))
	}
	sam, err := filepath.Abs(filepath.Join("..", "..", ".tools", "sam", "bin", "sam"))
	if err != nil {
		t.Fatal(err)
	}
	building := shell{sh.folder, append(sh.environ, "SAM_CLI_TELEMETRY=0", "AWS_DEFAULT_REGION=us-east-1")}
	building.run(t, sam, "build")
	if _, err := os.Stat(filepath.Join(sh.folder, ".aws-sam", "build", "template.yaml")); err != nil {
		t.Error(err)
	}
	sh.run(t, homing, "generate", "knative", "--image", "registry.internal/shop:1", "--out", "deploy")
	sh.run(t, "go", "build", "-o", "image", "./cmd/app") // the entry point of the image
	image := shell{sh.folder, append(sh.environ, "HOMING_ROLE=all", "PORT=0", "HOMING_LISTEN=127.0.0.1:0", "HOMING_LOG_FORMAT=text")}
	at := image.start(t, `address=127\.0\.0\.1:[0-9]+`, "./image")
	greets(t, "http://"+strings.TrimPrefix(at, "address="))
}

// What the cookiecutter of this repository leaves to do is `go mod tidy`.
func TestAnAppOfSAMInitBuildsAndPassesItsTests(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	venv := cmp.Or(os.Getenv("HOMING_SAM"), filepath.Join(root, ".tools", "sam")) // by make sam
	sh := shell{t.TempDir(), append(published.Environ(t), "SAM_CLI_TELEMETRY=0", "AWS_DEFAULT_REGION=us-east-1", "HOME="+t.TempDir())}
	sh.run(t, filepath.Join(venv, "bin", "sam"), "init", "--location", filepath.Join(root, "infra", "sam", "init"), "--name", "shop", "--no-input")
	sh.folder = filepath.Join(sh.folder, "shop")
	sh.run(t, "go", "mod", "tidy")
	sh.run(t, "go", "vet", "./...")
	sh.run(t, "go", "test", "./...")
	if text := sh.read(t, "template.yaml"); !strings.Contains(text, "Transform: AWS::Serverless-2016-10-31") || strings.Contains(text, "cookiecutter.") {
		t.Errorf("the template is %s", text)
	}
}
