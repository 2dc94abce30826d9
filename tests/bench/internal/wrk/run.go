package wrk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ErrMissing means that wrk is not installed.
var ErrMissing = errors.New("the load generator wrk is not installed; run: apt-get install wrk")

// maxThreads is how many threads of wrk share the connections: more would take
// the cores from the server.
const maxThreads = 2

// patience is how long an answer may take before it counts as a socket error.
const patience = "10s"

// Wrk is the installed program and the request that it sends.
type Wrk struct {
	program, script string
}

// New finds wrk and writes its script into the folder dir. It answers
// [ErrMissing] if wrk is not there.
func New(dir string, body []byte) (Wrk, error) {
	program, err := exec.LookPath("wrk")
	if err != nil {
		return Wrk{}, ErrMissing
	}
	script := filepath.Join(dir, "post.lua")
	if err := os.WriteFile(script, []byte(Script(body)), 0o600); err != nil {
		return Wrk{}, fmt.Errorf("write the script of wrk: %w", err)
	}
	return Wrk{program: program, script: script}, nil
}

// Run loads url over so many connections for whole seconds of duration. A run
// with a failed request is an error.
func (w Wrk) Run(ctx context.Context, url string, connections int, duration time.Duration) (Result, error) {
	args := []string{
		"--threads", strconv.Itoa(min(connections, maxThreads)),
		"--connections", strconv.Itoa(connections),
		"--duration", strconv.Itoa(int(duration/time.Second)) + "s",
		"--latency", "--timeout", patience,
		"--script", w.script,
		url,
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, w.program, args...) //nolint:gosec // the load generator, with numbers and a URL of ours
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return Result{}, fmt.Errorf("run wrk against %s: %w: %s%s", url, err, stderr.String(), stdout.String())
	}
	result, err := Parse(stdout.String())
	if err == nil {
		err = result.Check()
	}
	if err != nil {
		return Result{}, fmt.Errorf("wrk %s: %w", strings.Join(args, " "), err)
	}
	return result, nil
}
