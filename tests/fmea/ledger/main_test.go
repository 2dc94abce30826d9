package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// buildOnce builds the command under test. TestMain sets it, and removes what was built.
var buildOnce func() (string, error)

func TestMain(m *testing.M) { os.Exit(run1(m)) }

func run1(m *testing.M) int {
	dir, err := os.MkdirTemp("", "homing-ledger-tests")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitTrouble
	}
	defer os.RemoveAll(dir)
	buildOnce = sync.OnceValues(func() (string, error) {
		path := filepath.Join(dir, "homing")
		return path, build(context.Background(), path, raced)
	})
	return m.Run()
}
