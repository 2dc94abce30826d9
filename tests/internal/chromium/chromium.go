// Package chromium runs tests of pages in a real browser: Chromium, driven by
// playwright-core.
package chromium

import (
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/settings"
	"github.com/homing-dev/homing/runtimes"
)

// Run runs browser.test.mjs of the folder of the test, with the variable CHROMIUM and
// others. What it needs is installed into a copy of the folder.
func Run(t *testing.T, environ ...string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pages")
	if err := os.CopyFS(dir, os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	install := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), "node", "--test", "--test-reporter=spec", "browser.test.mjs")
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "CHROMIUM="+program(t)), environ...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

func program(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("Chromium is needed (apt-get install chromium), or CHROMIUM with its path")
	return ""
}

// Serve serves chains on loopback as any app does until the test ends, and returns its
// address.
func Serve(t *testing.T, chains []functions.Chain, environ []string, options ...runtimes.Option) string {
	t.Helper()
	cfg, err := settings.Load(settings.Input{Runtime: settings.Local, Environ: append(environ, "HOMING_LISTEN=127.0.0.1:0")})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	log := slog.New(cfg.Handler(io.Discard))
	service, err := runtimes.NewService(ctx, cfg, chains, log, options...)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Server.Service, cfg.Server.Logger = service, log
	served := make(chan error, 1)
	go func() { served <- cfg.Server.Serve(ctx, ln) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		service.Close()
	})
	return ln.Addr().String()
}
