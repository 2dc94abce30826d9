//go:build unix

package project

import (
	"os"
	"path/filepath"
	"testing"
)

// An app that ends in order has done so, whatever it leaves behind that has its output.
func TestAnAppThatLeavesSomethingBehindEndsInOrder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program := filepath.Join(dir, "app")
	if err := os.WriteFile(program, []byte("#!/bin/sh\nsleep 20 &\necho '{\"homingAddress\":\"127.0.0.1:1\"}'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	running, err := Program{program, &Project{Dir: dir, Chain: filepath.Join(dir, DefaultFile)}}.Start(t.Context(), Start{})
	if err != nil {
		t.Fatal(err)
	}
	if <-running.Done(); running.Err() != nil {
		t.Errorf("it ended with %v", running.Err())
	}
}
