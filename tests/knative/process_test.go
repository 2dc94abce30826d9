package knative_test

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestSIGTERMEndsTheProcessInPeace runs the program that `func` generates as a
// process of its own, because that is what a platform stops.
func TestSIGTERMEndsTheProcessInPeace(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), asProcess+"=1")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the process does not say where it listens: %v", err)
	}
	url := "http://" + strings.TrimSpace(address)
	call(t, http.MethodPost, url+"/quote", sample(t, "testdata/order.json"), "Content-Type", jsonType).isQuote(t)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the process ended with %v", err)
	}
}
