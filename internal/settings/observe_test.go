package settings_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/settings"
)

func TestThePartOfCallsThatAreLogged(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{
		"": 1, "true": 1, "false": 0, "100%": 1, "0%": 0, "1%": 0.01, "0.5%": 0.005, "-1%": -1, "101%": -1, "NaN%": -1, "1": 1, "0.1": -1, "%": -1, "some": -1,
	} {
		c, err := load(settings.Container, "HOMING_LOG_CALLS="+text)
		if invalid := want < 0; invalid != (err != nil) {
			t.Errorf("%q: %v", text, err)
		} else if !invalid && c.LogCalls != want {
			t.Errorf("%q: got %g, want %g", text, c.LogCalls, want)
		}
	}
}

func TestWhereMetricsAreServed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":              "",
		"9090":          "127.0.0.1:9090", // not to be reached from another machine
		"0":             "127.0.0.1:0",
		":9090":         ":9090",
		"10.0.0.1:9090": "10.0.0.1:9090",
		"[::1]:9090":    "[::1]:9090",
		"localhost":     "invalid",
		"http://x:9090": "invalid",
		"70000":         "invalid",
		"-1":            "invalid",
		"::1":           "invalid",
	} {
		for _, r := range []settings.Runtime{settings.Local, settings.Container, settings.Func} {
			c, err := load(r, "HOMING_METRICS_LISTEN="+text)
			if got := c.MetricsListen; (err != nil) != (want == "invalid") || err == nil && got != want {
				t.Errorf("%s, %q: got %q, %v", r, text, got, err)
			}
		}
	}
	if c, err := load(settings.Lambda, "HOMING_METRICS_LISTEN=9090"); err != nil || len(c.Ignored) != 1 {
		t.Errorf("on Lambda: %v, %v", c.Ignored, err)
	}
}

// safe is a log that several goroutines write.
type safe struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *safe) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

// waitFor waits until the log has a text n times.
func (s *safe) waitFor(t *testing.T, n int, text string) {
	t.Helper()
	for range 1000 {
		s.mu.Lock()
		got := strings.Count(s.buf.String(), text)
		s.mu.Unlock()
		if got >= n {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("no %q in %s", text, &s.buf)
}

func TestAHangupReadsTheLevelAgain(t *testing.T) { //nolint:paralleltest // the signal is for the whole process
	file := filepath.Join(t.TempDir(), "homing.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("log-level: warn\n")
	reload := func() (settings.Config, error) { return load(settings.Container, "HOMING_CONFIG="+file) }
	c, err := reload()
	if err != nil {
		t.Fatal(err)
	}
	var out safe
	log := slog.New(c.Handler(&out))
	stop, err := c.Observe(t.Context(), log, reload)
	if err != nil {
		t.Fatal(err)
	}
	hangUp := func() {
		t.Helper()
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	log.Info("unseen")
	write("log-level: debug\n")
	hangUp()
	out.waitFor(t, 1, `"set":"debug","by":"SIGHUP"`)
	log.Debug("seen")
	out.waitFor(t, 1, `"msg":"seen"`)
	write("log-level: loud\n")
	hangUp()
	out.waitFor(t, 1, "the settings were not read again")
	stop()
	if c.Level.Level() != slog.LevelDebug || strings.Contains(out.buf.String(), "unseen") {
		t.Errorf("%s: %s", c.Level, &out.buf)
	}
}

func TestObserveServesTheRegistryOfTheProcess(t *testing.T) {
	t.Parallel()
	c, err := load(settings.Local, "HOMING_METRICS_LISTEN=0")
	if err != nil {
		t.Fatal(err)
	}
	var out safe
	stop, err := c.Observe(t.Context(), slog.New(c.Handler(&out)), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	_, address, _ := strings.Cut(out.buf.String(), `"address":"`)
	address, _, _ = strings.Cut(address, `"`)
	if page := get(t, "http://"+address+"/metrics"); !strings.Contains(page, "go_goroutines") || c.Metrics == nil {
		t.Error(page)
	}
	if page := get(t, "http://"+address+"/log-level"); page != "info\n" {
		t.Error(page)
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Close = true
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
