// Package browser_test calls chains from pages in a real browser: Chromium, driven
// by playwright-core.
package browser_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/settings"
	"github.com/homing-dev/homing/runtimes"
)

const token = "shop-token-0123456789"

// chains are those that pages of SHOP may call, and those that none may.
const chains = `
chains:
  - name: quote
    route: POST /quote
    consumes: [application/json]
    cors: {origins: [SHOP], maxAge: 10m}
    steps: [{name: first, function: same}, {name: slow, function: slow}]
  - name: upload
    route: POST /upload
    consumes: [multipart/form-data]
    cors: {origins: [SHOP]}
    steps: [upload]
  - name: login
    route: POST /login
    cors: {origins: [SHOP], credentials: true}
    headers: [Cookie]
    steps: [cookie]
  - name: public
    route: POST /public
    cors: {origins: ["*"]}
    steps: [same]
  - name: closed
    route: POST /closed
    steps: [runs]
  - name: picture
    route: GET /picture
    steps: [runs]
  - name: count
    route: GET /count
    steps: [count]
`

func known() map[string]functions.Function {
	var runs atomic.Int64
	text := func(s string) (*event.Event, error) {
		out := event.New()
		out.SetType("text")
		out.SetSource("/browser")
		return &out, out.SetData("text/plain", []byte(s))
	}
	same := func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }
	return map[string]functions.Function{
		"same": same,
		"slow": func(ctx context.Context, in event.Event) (*event.Event, error) {
			select {
			case <-time.After(time.Second): // so that its stream is open before it ends
			case <-ctx.Done():
			}
			return &in, nil
		},
		"upload": func(_ context.Context, in event.Event) (*event.Event, error) {
			r := http.Request{Method: http.MethodPost, Header: http.Header{"Content-Type": {in.DataContentType()}}}
			r.Body = io.NopCloser(strings.NewReader(string(in.Data())))
			file, head, err := r.FormFile("photo")
			if err != nil {
				return nil, functions.Errorf(http.StatusUnprocessableEntity, "%w", err)
			}
			data, err := io.ReadAll(file)
			if err != nil {
				return nil, err
			}
			return text(head.Filename + " has " + strconv.Itoa(len(data)) + " bytes")
		},
		"cookie": func(_ context.Context, in event.Event) (*event.Event, error) {
			out, err := text(functions.Header(in, "Cookie"))
			functions.SetCookie(out, &http.Cookie{Name: "seen", Value: "1", SameSite: http.SameSiteLaxMode})
			return out, err
		},
		"runs": func(context.Context, event.Event) (*event.Event, error) {
			return text(strconv.FormatInt(runs.Add(1), 10))
		},
		"count": func(context.Context, event.Event) (*event.Event, error) {
			return text(strconv.FormatInt(runs.Load(), 10))
		},
	}
}

// app serves the chains on loopback as any app does, and returns its address.
func app(t *testing.T, shop string, environ ...string) string {
	t.Helper()
	served, err := chainfile.Parse("chain.yaml", []byte(strings.ReplaceAll(chains, "SHOP", strconv.Quote(shop))), known())
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := settings.Load(settings.Input{Runtime: settings.Local, Environ: append(environ, "HOMING_LISTEN=127.0.0.1:0")})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	service, err := runtimes.NewService(ctx, cfg, served, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Server.Service, cfg.Server.Logger = service, slog.New(slog.DiscardHandler)
	ended := make(chan error, 1)
	go func() { ended <- cfg.Server.Serve(ctx, ln) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		service.Close()
	})
	return ln.Addr().String()
}

func TestPagesOfOtherOriginsInABrowser(t *testing.T) {
	t.Parallel()
	// An empty page under every name that leads here.
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>page</title>")
	}))
	t.Cleanup(pages.Close)
	_, port, err := net.SplitHostPort(pages.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	shop := "http://shop.localhost:" + port
	runNode(t,
		"SHOP="+shop, "EVIL=http://evil.localhost:"+port, "NEIGHBOUR=http://127.0.0.1:"+port,
		"APP="+app(t, shop), "SECURED="+app(t, shop, "HOMING_TOKENS=shop="+token), "TOKEN="+token)
}

// runNode runs the tests of browser.test.mjs.
func runNode(t *testing.T, environ ...string) {
	t.Helper()
	chromium := ""
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			chromium = path
			break
		}
	}
	if chromium == "" {
		t.Fatal("Chromium is needed (apt-get install chromium), or CHROMIUM with its path")
	}
	dir := filepath.Join(t.TempDir(), "browser")
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
	cmd.Env = append(append(os.Environ(), "CHROMIUM="+chromium), environ...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}
