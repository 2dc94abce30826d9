package aws_test

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/homing-dev/homing/tests/internal/wait"
)

// killTables kills dynalite below a command, and returns its process.
func killTables(t *testing.T, c *command) process {
	t.Helper()
	for _, p := range descendants(t, c.cmd.Process.Pid) {
		line, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.pid), "cmdline"))
		if err != nil || !strings.Contains(string(line), "serve.js") || !anyRuns([]process{p}) {
			continue
		}
		if err := syscall.Kill(p.pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		return p
	}
	return process{}
}

// `homing local` went on without its tables: every call 503 after 8 s, and no
// line said why.
func TestLocalStartsItsTablesAgainWhenTheyHaveDied(t *testing.T) {
	t.Parallel()
	c := start(t, built(t), "local", "--port", "0", "--parameter", "Shape=vertex", "--parameter", "Open=true")
	url := c.says(`API +Api +(http://127\.0\.0\.1:[0-9]+)`)
	quote := func() answer { return call(t, http.MethodPost, url+"/quote", sample(t, "testdata", "order.json")) }
	want := quote().is(t, http.StatusOK)
	killTables(t, c)
	wait.Eventually(t, "the line that they are back", func() bool { return strings.Contains(c.err.String(), "back and empty") })
	if got := quote().is(t, http.StatusOK); got.body != want.body {
		t.Errorf("got %s", got.body)
	}
	for _, text := range []string{"the tables' server has ended", "signal: killed"} {
		if !strings.Contains(c.err.String(), text) {
			t.Errorf("the log does not have %q", text)
		}
	}
	c.interrupt()
}

func TestLocalEndsWithAWordWhenItsTablesDieAgainAndAgain(t *testing.T) {
	t.Parallel()
	c := start(t, built(t), "local", "--port", "0", "--parameter", "Shape=vertex", "--parameter", "Open=true")
	c.says(`API +Api +(http://127\.0\.0\.1:[0-9]+)`)
	all := descendants(t, c.cmd.Process.Pid)
	wait.Eventually(t, "the end of the command", func() bool {
		killTables(t, c)
		select {
		case <-c.ended:
			return true
		default:
			return false
		}
	})
	var exit *exec.ExitError
	if !errors.As(c.how, &exit) || exit.ExitCode() != 1 || !strings.Contains(c.err.String(), "has ended 4 times in a row") ||
		!strings.Contains(c.err.String(), "start homing local again") {
		t.Errorf("it ended with %v\n%s", c.how, c.err.String())
	}
	wait.Eventually(t, "the end of all its processes", func() bool { return !anyRuns(all) })
}
