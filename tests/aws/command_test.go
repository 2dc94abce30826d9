package aws_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/homing-dev/homing/tests/internal/wait"
)

// text is what a process writes.
type text struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func newText() *text { return &text{} }

// Write implements io.Writer.
func (x *text) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.all.Write(p)
}

func (x *text) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.all.String()
}

// command is the command of the project in a process of its own.
type command struct {
	t        *testing.T
	cmd      *exec.Cmd
	out, err text
	ended    chan struct{} // closed when it has ended
	how      error         // then: how
}

// start starts `homing` with arguments in a folder, until the test ends.
func start(t *testing.T, dir string, args ...string) *command {
	t.Helper()
	c := &command{t: t, ended: make(chan struct{})}
	c.cmd = exec.Command(homing, args...)
	c.cmd.Dir, c.cmd.Env = dir, clean()
	c.cmd.Stdout, c.cmd.Stderr = &c.out, &c.err
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		c.how = c.cmd.Wait()
		close(c.ended)
	}()
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill() // it may have ended
		<-c.ended
		if t.Failed() {
			t.Logf("homing %v\n%s\n%s", args, c.out.String(), excerpt(c.err.String()))
		}
	})
	return c
}

// says waits until the process has written what a pattern describes, and returns
// its group.
func (c *command) says(pattern string) string {
	c.t.Helper()
	re := regexp.MustCompile(pattern)
	var found []string
	wait.Eventually(c.t, pattern, func() bool {
		select {
		case <-c.ended:
			c.t.Fatalf("it has ended: %v\n%s", c.how, c.err.String())
		default:
		}
		found = re.FindStringSubmatch(c.out.String())
		return found != nil
	})
	return found[1]
}

// interrupt is Ctrl-C; it waits for the end.
func (c *command) interrupt() {
	c.t.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGINT); err != nil {
		c.t.Fatal(err)
	}
	wait.Receive(c.t, "the end of the command", c.ended)
	if c.how != nil {
		c.t.Errorf("it ended with %v\n%s", c.how, c.err.String())
	}
}

// clean is the environment without what the command reads.
func clean(more ...string) []string {
	var out []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "HOMING_") && !strings.HasPrefix(entry, "AWS_") {
			out = append(out, entry)
		}
	}
	return append(out, more...)
}

// ends runs `homing` with an environment to its end, and returns its output, its
// errors and its exit code.
func ends(t *testing.T, env []string, args ...string) (out, err string, code int) {
	t.Helper()
	var stdout, stderr text
	cmd := exec.CommandContext(t.Context(), homing, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, &stdout, &stderr
	failure := cmd.Run()
	var exit *exec.ExitError
	if failure != nil && !errors.As(failure, &exit) {
		t.Fatal(failure)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// reference serves the chains of the project in one process without AWS, and
// returns its URL.
func reference(t *testing.T) string {
	t.Helper()
	c := start(t, root, "serve", "--listen", "127.0.0.1:0")
	return c.says(`(http://127\.0\.0\.1:[1-9][0-9]*)`)
}
