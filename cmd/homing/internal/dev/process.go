package dev

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/homing-dev/homing/internal/processgroup"
)

// process is a running program with all that it has started.
type process struct {
	group   *processgroup.Process
	cmd     *exec.Cmd
	address string
	ended   chan struct{} // closed when it has ended and its output is read
}

// lastWords is how long output is read on after the end of a program that leaves
// something behind which has it. It is more than a machine stands still.
const lastWords = 2 * time.Second

// spawn starts a program. lines gets what it writes to both of its streams.
func spawn(args []string, dir string, environ []string, lines func(string)) (*process, error) {
	cmd := exec.Command(args[0], args[1:]...) //nolint:gosec,noctx // the user's own; ended with its group
	p := &process{cmd: cmd, ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env, p.cmd.WaitDelay = dir, environ, lastWords
	reader, writer := io.Pipe()
	p.cmd.Stdout, p.cmd.Stderr = writer, writer
	read := make(chan struct{})
	go func() {
		defer close(read)
		eachLine(reader, lines)
	}()
	var err error
	if p.group, err = processgroup.Start(p.cmd); err != nil {
		_ = writer.Close()
		return nil, fmt.Errorf("start %s: %w", args[0], err)
	}
	go func() {
		<-p.group.Ended()
		_ = writer.Close()
		<-read
		close(p.ended)
	}()
	return p, nil
}

// eachLine calls f with each line, also one that is very long, in pieces.
func eachLine(r io.Reader, f func(string)) {
	const longest = 256 << 10
	lines := bufio.NewReaderSize(r, longest)
	for {
		line, err := lines.ReadSlice('\n')
		if text := strings.TrimRight(string(line), "\r\n"); text != "" || err == nil {
			f(text)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}

// start starts a version of the app, and waits until it listens.
func start(ctx context.Context, args, environ []string, out *Printer) (*process, error) {
	listening := make(chan string, 1)
	var mu sync.Mutex
	var before []string // what it says until it listens
	up := false
	environ = append(slices.Clip(environ), "HOMING_LISTEN=127.0.0.1:0", "HOMING_LOG_FORMAT=json", "HOMING_LOG_CALLS=true")
	p, err := spawn(args, "", environ, func(line string) {
		mu.Lock()
		defer mu.Unlock()
		if up {
			out.App(line)
			return
		}
		if address := addressOf(line); address != "" {
			up = true
			listening <- address
			for _, line := range before {
				out.App(line)
			}
			return
		}
		before = append(before, line)
	})
	if err != nil {
		return nil, err
	}
	timeout := time.NewTimer(startTime)
	defer timeout.Stop()
	select {
	case p.address = <-listening:
		return p, nil
	case <-p.ended:
		mu.Lock()
		defer mu.Unlock()
		return nil, errors.New(readable(before, p.how()))
	case <-timeout.C:
		err = fmt.Errorf("it has not begun to listen within %s", startTime)
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	p.kill()
	return nil, err
}

// stop asks the program to end, and kills it when ctx does.
func (p *process) stop(ctx context.Context) {
	p.group.Signal(processgroup.Terminate)
	if runtime.GOOS == "windows" { // it cannot be asked
		p.kill()
	}
	select {
	case <-p.ended:
	case <-ctx.Done():
		p.kill()
	}
}

// kill ends the program at once.
func (p *process) kill() {
	p.group.Signal(processgroup.Kill)
	<-p.ended
}

// how says how the program has ended.
func (p *process) how() string {
	<-p.ended
	return p.cmd.ProcessState.String()
}
