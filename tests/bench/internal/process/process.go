package process

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// stopTime is how long a process may take to end by itself.
const stopTime = 10 * time.Second

// Process is a server in a process of its own. It is not safe for concurrent
// use.
type Process struct {
	address string
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	answers *bufio.Reader
	stderr  *bytes.Buffer
	stop    context.CancelFunc
	behind  []*Process
}

// Start runs a program that calls [Attend]. environment is added to that of
// this process. The process is killed when ctx ends; the caller must Stop it.
func Start(ctx context.Context, environment []string, program string, args ...string) (*Process, error) {
	ctx, cancel := context.WithCancel(ctx)
	p := &Process{stderr: &bytes.Buffer{}, stop: cancel}
	p.cmd = exec.CommandContext(ctx, program, args...) //nolint:gosec // the caller names its own program
	p.cmd.Env = append(os.Environ(), environment...)
	p.cmd.Stderr = p.stderr
	p.cmd.WaitDelay = stopTime
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		cancel()
		return nil, fmt.Errorf("open the input of the server: %w", err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		cancel()
		return nil, fmt.Errorf("open the output of the server: %w", err)
	}
	p.answers = bufio.NewReader(stdout)
	if err := p.cmd.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("start the server: %w", err)
	}
	line, err := p.answers.ReadBytes('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("wait for the address of the server: %w", err), p.Stop())
	}
	p.address = string(bytes.TrimSpace(line))
	return p, nil
}

// URL is the address of a path on the server.
func (p *Process) URL(path string) string { return "http://" + p.address + path }

// Address is host and port of the server.
func (p *Process) Address() string { return p.address }

// Behind names processes that this one calls. From then on they obey its
// commands too, what all of them use is added up, and Stop stops them last.
func (p *Process) Behind(others ...*Process) { p.behind = append(p.behind, others...) }

// Ask sends a command, with an argument if it is not empty, and gives the
// answer. The argument is a file; those of the processes behind this one end
// with their number: .1 and so on.
func (p *Process) Ask(command, argument string) (Measurement, error) {
	sum, err := p.ask(command, argument)
	if err != nil {
		return Measurement{}, err
	}
	for i, other := range p.behind {
		file := argument
		if file != "" {
			file += "." + strconv.Itoa(i+1)
		}
		m, err := other.Ask(command, file)
		if err != nil {
			return Measurement{}, err
		}
		sum = sum.plus(m)
	}
	return sum, nil
}

func (p *Process) ask(command, argument string) (Measurement, error) {
	if argument != "" {
		command += " " + argument
	}
	if _, err := io.WriteString(p.stdin, command+"\n"); err != nil {
		return Measurement{}, fmt.Errorf("send %q to the server: %w", command, err)
	}
	line, err := p.answers.ReadBytes('\n')
	if err != nil {
		return Measurement{}, fmt.Errorf("read the answer to %q: %w", command, err)
	}
	var m Measurement
	if err := json.Unmarshal(line, &m); err != nil {
		return Measurement{}, fmt.Errorf("read the answer %q to %q: %w", line, command, err)
	}
	if m.Error != "" {
		return Measurement{}, fmt.Errorf("the server on %q: %s", command, m.Error)
	}
	return m, nil
}

// Stop ends the process and those behind it, and waits for them. Its error
// shows what they wrote to their standard error.
func (p *Process) Stop() error {
	errs := make([]error, 0, 1+len(p.behind))
	errs = append(errs, p.end())
	for _, other := range p.behind {
		errs = append(errs, other.Stop())
	}
	return errors.Join(errs...)
}

func (p *Process) end() error {
	defer p.stop()
	kill := time.AfterFunc(stopTime, p.stop)
	defer kill.Stop()
	closed := p.stdin.Close()
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("the server ended: %w: %s", err, bytes.TrimSpace(p.stderr.Bytes()))
	}
	if closed != nil && !errors.Is(closed, os.ErrClosed) {
		return fmt.Errorf("close the input of the server: %w", closed)
	}
	return nil
}
