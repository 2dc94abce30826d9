package e2e_test

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homing-dev/homing/tests/internal/wait"
)

// nodeStep starts the steps in JavaScript. Their packages are installed into a
// copy, unless they are there.
func nodeStep(t *testing.T) (url string, notes *log) {
	t.Helper()
	dir := "nodestep"
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		dir = filepath.Join(t.TempDir(), "nodestep")
		if err := os.CopyFS(dir, os.DirFS("nodestep")); err != nil {
			t.Fatal(err)
		}
		install := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund")
		install.Dir = dir
		if out, err := install.CombinedOutput(); err != nil {
			t.Fatalf("npm ci: %v\n%s", err, out)
		}
	}
	out := &log{}
	cmd := exec.Command("node", "server.js")
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = dir, out, out, tied()
	if err := cmd.Start(); err != nil {
		t.Fatalf("Node.js 20 or newer is needed: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	wait.Eventually(t, "the steps in JavaScript", func() bool { return out.contains("\n") })
	url, _, _ = strings.Cut(out.tail(), "\n")
	return url, out
}

// inJavaScript has steps of the sample chain quote and of another language.
const inJavaScript = `
chains:
  - name: audited
    route: POST /audited
    steps:
      - function: quote.validate
      - {name: audit, url: "{node}/audit"}
      - function: quote.enrich
      - function: quote.price
  - name: translated
    route: POST /translated
    consumes: [application/json]
    steps:
      - {name: translate, url: "{node}/translate"}
      - function: quote.validate
      - function: quote.enrich
      - function: quote.price
      - {name: summarise, url: "{node}/summarise"}
`

// TestStepInJavaScript runs steps that the official CloudEvents SDK for
// JavaScript serves, in the middle and at both ends of a chain.
func TestStepInJavaScript(t *testing.T) {
	t.Parallel()
	node, notes := nodeStep(t)
	file := newStepServer(t).chainFile(t, strings.ReplaceAll(inJavaScript, "{node}", node))
	chains := map[string][]string{
		"audited": {"validate", "audit", "enrich", "price"}, "translated": {"translate", "validate", "enrich", "price", "summarise"},
	}
	for _, s := range []shape{inline, vertexHTTP, splitBroker} {
		t.Run(string(s), func(t *testing.T) {
			t.Parallel()
			d := deploy(t, plan{shape: s, file: file, chains: chains, broker: patient()})
			a := call(t, http.MethodPost, d.url+"/audited", order(t))
			quoted(t, a)
			seen := `"audited":"` + a.header.Get("X-Request-ID") + `"`
			wait.Eventually(t, seen, func() bool { return notes.contains(seen) })
			asJSON := []string{"Content-Type", "application/json"}
			short := `{"order":{"terms":"CH/CHF/BERN20","goods":["1 x INK-BLUE-50","9 x COFFEE-ESPRESSO-1KG"]}}`
			a = call(t, http.MethodPost, d.url+"/translated", short, asJSON...).is(t, http.StatusCreated)
			if a.body != `{"summary":"170.20 CHF"}` {
				t.Errorf("got %s", a.body)
			}
			a = call(t, http.MethodPost, d.url+"/translated", `{}`, asJSON...).is(t, http.StatusUnprocessableEntity)
			if !strings.Contains(a.body, "Refused by JavaScript") || !strings.Contains(a.body, `"step":"translate"`) {
				t.Errorf("got %s", a.body)
			}
		})
	}
}

// The lock file names versions and hashes, and no host that packages come
// from: that is the business of whoever installs them.
func TestLockFileNamesNoHostOfPackages(t *testing.T) {
	t.Parallel()
	lock, err := os.ReadFile(filepath.Join("nodestep", "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(lock, []byte(`"resolved"`)) || !bytes.Contains(lock, []byte(`"integrity"`)) {
		t.Error("write it again by npm install --omit-lockfile-registry-resolved")
	}
}
