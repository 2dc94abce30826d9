package main

import (
	"bufio"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// process is a `homing serve` in a process of its own.
type process struct {
	*exec.Cmd

	url  string
	logs *watcher
}

func start(t *testing.T) *process {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "homing")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	p := &process{Cmd: exec.CommandContext(t.Context(), binary, "serve", "--listen", "127.0.0.1:0", "--dir", samples), logs: newWatcher()}
	p.Stderr = p.logs
	stdout, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	// What a shell runs in the background ignores SIGINT, and so does what that starts,
	// unless it is caught meanwhile.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, os.Interrupt)
	defer signal.Stop(caught)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("%v: %s", err, p.logs)
	}
	p.url = strings.TrimSpace(line[strings.LastIndexByte(line, ' '):])
	return p
}

func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func TestSIGTERMDrains(t *testing.T) {
	t.Parallel()
	p := start(t)
	call := sendHalf(t, p.url)
	p.signal(t, syscall.SIGTERM)
	p.logs.wait(t, `"msg":"draining"`)
	call.finish()
	if status := <-call.status; status != http.StatusOK {
		t.Errorf("the call got %d", status)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("it ended with %v: %s", err, p.logs)
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	p := start(t)
	call := sendHalf(t, p.url)
	p.signal(t, syscall.SIGINT)
	p.logs.wait(t, `"msg":"draining"`)
	p.signal(t, syscall.SIGINT)
	var exit *exec.ExitError
	if err := p.Wait(); !errors.As(err, &exit) {
		t.Fatalf("it ended with %v", err)
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGINT {
		t.Errorf("it ended with %v, not by the signal", exit)
	}
	call.giveUp()
	if status := <-call.status; status != 0 {
		t.Errorf("the call got %d", status)
	}
}
