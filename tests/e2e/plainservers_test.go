package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/homing-dev/homing/tests/internal/cached"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// plainServers starts steps that know nothing of Homing, in the web frameworks of
// two languages, and returns their URLs by framework. Their packages are installed
// once for a list of them.
func plainServers(t *testing.T) map[string]string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	cache = filepath.Join(cache, "homing")
	urls := map[string]string{}
	python := filepath.Join(inFolder(t, cache, "plainpython", "plainsteps/python/requirements.txt", func(draft, listed string) error {
		if err := cached.Run(t.Context(), "python3", "-m", "venv", filepath.Join(draft, "venv")); err != nil {
			return err
		}
		return cached.Run(t.Context(), filepath.Join(draft, "venv", "bin", "python"), "-m", "pip", "install", "--quiet",
			"--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:", "-r", listed)
	}), "venv", "bin", "python")
	readURLs(t, urls, "python ", exec.Command(python, filepath.Join("plainsteps", "python", "serve.py")))

	packages := inFolder(t, cache, "plainnode", "plainsteps/node/package-lock.json", func(draft, _ string) error {
		if err := os.CopyFS(draft, os.DirFS("plainsteps/node")); err != nil {
			return err
		}
		return cached.Run(t.Context(), "npm", "ci", "--no-audit", "--no-fund", "--prefix", draft)
	})
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("plainsteps/node")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(packages, "node_modules"), filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	readURLs(t, urls, "node ", exec.Command("node", filepath.Join(dir, "serve.js")))
	return urls
}

func inFolder(t *testing.T, cache, name, list string, fill func(draft, listed string) error) string {
	t.Helper()
	data, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := cached.Folder(cache, name, data, fill)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// readURLs starts a server, which prints its URLs.
func readURLs(t *testing.T, into map[string]string, prefix string, cmd *exec.Cmd) {
	t.Helper()
	out := &log{}
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = out, out, tied()
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	stdin, err := cmd.StdinPipe() // it ends with the test
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	wait.Eventually(t, prefix+"steps", func() bool { return out.contains("READY\n") })
	for _, found := range regexp.MustCompile(`(?m)^URL (\w+) (\S+)$`).FindAllStringSubmatch(out.tail(), -1) {
		into[prefix+found[1]] = found[2]
	}
}
