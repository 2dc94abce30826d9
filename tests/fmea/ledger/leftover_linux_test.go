package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// interrupter interrupts a run when it prints a line of progress and has judged a call.
type interrupter func()

func (i interrupter) Write(p []byte) (int, error) {
	if !strings.Contains(string(p), " 0 of ") {
		i()
	}
	return len(p), nil
}

// A run that is interrupted leaves no process and no file behind, not even one
// that is stopped at that time.
func TestInterruptedRunLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	cfg := short(t)
	cfg.kinds, cfg.calls, cfg.rate, cfg.progress, cfg.command = []string{faultStop}, 2500, 60, 4*time.Second, ""
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if l, err := soak(ctx, cfg, interrupter(cancel)); err != nil || l == nil || l.judged == 0 {
		t.Errorf("it did not run: %v", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("files are left: %v %v", left, err)
	}
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		if program, err := os.Readlink(link); err == nil && strings.HasPrefix(program, dir) {
			t.Errorf("a process is left: %s %s", link, program)
		}
	}
}
