package project

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/homing-dev/homing/internal/describe"
	"github.com/homing-dev/homing/internal/guide"
	"github.com/homing-dev/homing/internal/processgroup"
)

// Start is how a program is run.
type Start struct {
	// Environ is added to the environment of the tool; what the app listens on and
	// all other settings are HOMING_* in it.
	Environ []string
	// Without are variables that the app does not get from the tool.
	Without func(name string) bool
	// Stdout and Stderr take what the app writes; nil means nowhere.
	Stdout, Stderr io.Writer
}

// Running is an app that serves.
type Running struct {
	address string
	group   *processgroup.Process
	cmd     *exec.Cmd
}

// URL is where a client on this machine finds the app, without a slash at its end.
func (r *Running) URL() string { return guide.BaseURL(r.address) }

// Address is where the app listens.
func (r *Running) Address() string { return r.address }

// Done is closed when the app has ended.
func (r *Running) Done() <-chan struct{} { return r.group.Ended() }

// Err is how the app ended, once Done is closed: nil for the code 0, whatever it has
// left behind that has its output, and otherwise mostly an [exec.ExitError].
func (r *Running) Err() error { return r.group.Err() }

// lastWords is for how long what an app has written is read on after its end, if it
// leaves something behind that has its output. It is more than a machine stands still.
const lastWords = 3 * time.Second

// Signal sends the app a signal: the first one drains it, the second one ends it.
func (r *Running) Signal(sig os.Signal) {
	if r.cmd.Process.Signal(sig) != nil && runtime.GOOS == "windows" {
		r.Kill()
	}
}

// Kill ends the app and what it has started, at once.
func (r *Running) Kill() { r.group.Signal(processgroup.Kill) }

// Start runs the app, and returns when it listens. The end of ctx drains it; it may
// run on after that until Done is closed. It is in a process group of its own, and
// on Linux it ends with the tool. An app that ends before it listens is an error,
// and what it has written to the standard error is why.
func (p Program) Start(ctx context.Context, s Start) (*Running, error) {
	chain, err := filepath.Abs(p.project.Chain)
	if err != nil {
		return nil, fmt.Errorf("find the file of the chains: %w", err)
	}
	cmd := exec.Command(p.Path, describe.Serve) //nolint:gosec,noctx // the user's own app, which ctx drains
	cmd.Dir = p.project.Dir
	for _, entry := range append(cmd.Environ(), p.project.environ...) {
		if name, _, _ := strings.Cut(entry, "="); s.Without == nil || !s.Without(name) {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	cmd.Env = append(append(cmd.Env, "HOMING_CHAIN="+chain), s.Environ...)
	cmd.Stderr = s.Stderr
	cmd.WaitDelay = lastWords
	r := &Running{cmd: cmd}
	listening := make(chan struct{})
	out := &announced{to: s.Stdout, found: func(address string) {
		r.address = address
		close(listening)
	}}
	if out.to == nil {
		out.to = io.Discard
	}
	cmd.Stdout = out
	if r.group, err = processgroup.Start(cmd); err != nil {
		return nil, fmt.Errorf("start the app: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { r.Signal(processgroup.Terminate) })
	go func() {
		<-r.Done()
		stop()
	}()
	select {
	case <-listening:
		return r, nil
	case <-r.Done():
		if ctx.Err() != nil {
			return nil, fmt.Errorf("start the app: %w", context.Cause(ctx))
		}
		return nil, fmt.Errorf("the app has ended before it listened: %w", cmp.Or(r.Err(), errEnded))
	}
}

var errEnded = errors.New("exit status 0")

// announced passes on what an app prints, but for the line that says where it
// listens.
type announced struct {
	to      io.Writer
	partial []byte
	// found is called with the address; nil once it was.
	found func(address string)
}

// Write implements [io.Writer]. That nobody takes what an app prints is nothing to
// the app.
func (a *announced) Write(p []byte) (int, error) {
	n := len(p)
	for a.found != nil {
		line, rest, whole := bytes.Cut(p, []byte{'\n'})
		a.partial = append(a.partial, line...)
		if !whole {
			return n, nil
		}
		var at describe.Listening
		if json.Unmarshal(a.partial, &at) == nil && at.Address != "" {
			a.found(at.Address)
			a.found = nil
		} else {
			_, _ = a.to.Write(append(a.partial, '\n'))
		}
		a.partial, p = nil, rest
	}
	if len(p) > 0 { // even nothing may wait for a reader
		_, _ = a.to.Write(p)
	}
	return n, nil
}
