package emulator_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/homing-dev/homing/internal/emulator"
)

func TestExecutableOfAnotherMachineIsAnError(t *testing.T) {
	t.Parallel()
	source := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	other := map[string]string{"amd64": "arm64", "arm64": "amd64"}[runtime.GOARCH]
	path := filepath.Join(t.TempDir(), "bootstrap")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", path, source)
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+other, "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	foreign, ok := errors.AsType[*emulator.ForeignError](emulator.CheckExecutable(path))
	if !ok || foreign.Path != path || foreign.Has != "linux/"+other || foreign.Needs != runtime.GOOS+"/"+runtime.GOARCH {
		t.Errorf("got %+v", foreign)
	}
}

func TestExecutableOfThisMachineIsTaken(t *testing.T) {
	t.Parallel()
	script := filepath.Join(t.TempDir(), "bootstrap")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{bootstrap, script} {
		if err := emulator.CheckExecutable(path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if err := emulator.CheckExecutable(filepath.Join(t.TempDir(), "none")); !errors.Is(err, emulator.ErrNotBuilt) {
		t.Errorf("got %v", err)
	}
}
