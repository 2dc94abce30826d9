package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// startPatience is until a process must be ready.
const startPatience = 60 * time.Second

// process is the command in a process of its own, which is killed, stopped and
// started again on the same port.
type process struct {
	name string
	port string
	path string
	args []string
	dir  string // where it runs; "" for here
	env  []string
	log  *logTail
	// probe reports whether it serves.
	probe func(context.Context, *process) bool
	// afterKill is called when it was killed and has ended; nil for nothing.
	afterKill func() error
	// died is called with how it ended if nobody has killed it.
	died func(name, how string)

	mu     sync.Mutex
	cmd    *exec.Cmd
	ended  chan struct{} // closed when it has ended
	killed bool
}

func (p *process) address() string { return "127.0.0.1:" + p.port }
func (p *process) url() string     { return "http://" + p.address() }

// start starts the process and waits until it is ready. It ends with ctx.
func (p *process) start(ctx context.Context) error {
	if err := p.launch(ctx); err != nil {
		return err
	}
	return p.awaitReady(ctx)
}

func (p *process) launch(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	cmd := exec.CommandContext(ctx, p.path, p.args...) //nolint:gosec // the command under test
	cmd.Env = append(foreign(os.Environ()), append(p.env, "PORT="+p.port)...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = p.log, p.log, p.dir
	cmd.SysProcAttr = tied()
	if _, err := cmd.StdinPipe(); err != nil { // some end with their input
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	if err := cmd.Start(); err != nil { // as it does once ctx has ended: then the one before is the last
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	p.cmd, p.killed, p.ended = cmd, false, make(chan struct{})
	go p.wait(ctx, cmd, p.ended)
	return nil
}

func (p *process) wait(ctx context.Context, cmd *exec.Cmd, ended chan<- struct{}) {
	err := cmd.Wait()
	p.mu.Lock()
	killed := p.killed
	p.mu.Unlock()
	if !killed && ctx.Err() == nil {
		p.died(p.name, fmt.Sprintf("ended by itself: %v", err))
	}
	close(ended)
}

func (p *process) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	p.mu.Lock()
	ended := p.ended
	p.mu.Unlock()
	for !p.serves(ctx) {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ended:
			return fmt.Errorf("%s ended before it was ready:\n%s", p.name, p.log.last(10))
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w\n%s", p.name, ctx.Err(), p.log.last(10))
		}
	}
	return nil
}

func (p *process) serves(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	return p.probe(ctx, p)
}

// kill ends the process as the kernel does that is out of memory, and waits for
// its end. It does nothing to one that was never started.
func (p *process) kill() {
	p.mu.Lock()
	cmd, ended := p.cmd, p.ended
	p.killed = true
	p.mu.Unlock()
	if cmd == nil || ended == nil {
		return
	}
	_ = cmd.Process.Kill() // it may have ended before
	<-ended
}

// pid is the number of the process, 0 while there is none.
func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil || p.cmd.Process == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// endPatience is until a process must have ended that was asked to: it drains before.
const endPatience = 60 * time.Second

// end asks the process to end, as a platform does, and waits until it has.
func (p *process) end() error {
	p.mu.Lock()
	ended := p.ended
	p.killed = true
	p.mu.Unlock()
	if err := p.signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) { // killed just now
		return err
	}
	select {
	case <-ended:
		return nil
	case <-time.After(endPatience):
		return fmt.Errorf("%s has not ended %s after it was asked to", p.name, endPatience)
	}
}

// freeze and thaw are what an overloaded or suspended machine does to a process.
func (p *process) freeze() error { return p.signal(syscall.SIGSTOP) }
func (p *process) thaw() error   { return p.signal(syscall.SIGCONT) }

func (p *process) signal(s os.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.cmd.Process.Signal(s); err != nil {
		return fmt.Errorf("%v to %s: %w", s, p.name, err)
	}
	return nil
}

// foreign is an environment without what the command reads itself.
func foreign(environ []string) []string {
	var out []string
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if name != "PORT" && !strings.HasPrefix(name, "HOMING_") && !strings.HasPrefix(name, "K_") {
			out = append(out, entry)
		}
	}
	return out
}

// Ports are taken below those that Linux gives to outgoing connections, since
// a process must find its port free again after it was killed, and apart from
// those of the other tests.
const (
	lowestPort = 11_000
	portRange  = 8_000
)

// handedOut counts the ports that systems have got: each port once in a process, as a
// system must not get one of another whose owner was just killed.
//
//nolint:gochecknoglobals // ports are those of the machine
var handedOut atomic.Int64

// freePort returns a port on which nobody listens.
func freePort(ctx context.Context) (string, error) {
	for range portRange {
		port := lowestPort + (int64(os.Getpid())*17+handedOut.Add(1))%portRange
		ln, err := new(net.ListenConfig).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			_ = ln.Close() // it was only asked for
			return strconv.FormatInt(port, 10), nil
		}
	}
	return "", errors.New("no port is free")
}
