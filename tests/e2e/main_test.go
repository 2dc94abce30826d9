package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The command and the sample app under test, built once for all tests.
var binary, sampleApp string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if os.Getenv(asDumper) != "" {
		return serveDumper()
	}
	dir, err := os.MkdirTemp("", "homing-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "homing")
	sampleApp = filepath.Join(dir, "app")
	build := exec.Command("go", "build", buildFlags, "-o", dir, "../../cmd/homing", "../../cmd/app")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the programs: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}
