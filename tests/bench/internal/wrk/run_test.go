package wrk_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/tests/bench/internal/wrk"
)

// install puts a shell script in the place of wrk.
func install(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "wrk"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestNewSaysHowToInstallWrk(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := wrk.New(t.TempDir(), nil); !errors.Is(err, wrk.ErrMissing) || !strings.Contains(err.Error(), "apt-get install wrk") {
		t.Errorf("got %v", err)
	}
}

func TestRunGivesTheLoadAndReadsTheResult(t *testing.T) {
	good, err := filepath.Abs(filepath.Join("testdata", "good.txt"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	install(t, `echo "$@" > `+dir+`/args; cat `+good)
	w, err := wrk.New(dir, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.Run(t.Context(), "http://127.0.0.1:1/", 64, 4*time.Second)
	if err != nil || got.Requests != 103154 {
		t.Errorf("got %+v, %v", got, err)
	}
	args, err := os.ReadFile(filepath.Join(dir, "args"))
	want := "--threads 2 --connections 64 --duration 4s --latency --timeout 10s --script " + dir + "/post.lua http://127.0.0.1:1/\n"
	if err != nil || string(args) != want {
		t.Errorf("wrk was called with %s, want %s", args, want)
	}
	script, err := os.ReadFile(filepath.Join(dir, "post.lua"))
	if err != nil || string(script) != wrk.Script([]byte("{}")) {
		t.Errorf("the script is %s, %v", script, err)
	}
}

func TestRunFails(t *testing.T) {
	failing, err := filepath.Abs(filepath.Join("testdata", "failing.txt"))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ script, want string }{
		"exit code":       {"echo unable to connect; exit 1", "unable to connect"},
		"failed requests": {"cat " + failing, "2183 of 2185 requests ended with a socket error"},
		"no output":       {"true", "requests in"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			install(t, tt.script)
			w, err := wrk.New(t.TempDir(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Run(t.Context(), "http://127.0.0.1:1/", 1, time.Second); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
}
