package kubernetes_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The programs that the tests run, built by TestMain.
var appProgram, helmProgram string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "kubernetes-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	appProgram = filepath.Join(dir, "app")
	build := exec.Command("go", "build", "-o", appProgram, "./cmd/app")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the app: %v\n%s", err, out)
		return 1
	}
	helm := exec.Command("go", "tool", "-n", "helm") // builds it, and prints its path
	helm.Stderr = os.Stderr
	path, err := helm.Output()
	if err != nil {
		fmt.Fprintf(os.Stderr, "build helm: %v\n", err)
		return 1
	}
	helmProgram = strings.TrimSpace(string(path))
	return m.Run()
}
