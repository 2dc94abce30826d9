package processgroup

import (
	"errors"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// Process is a running program, the leader of a group with all that it has started.
// It is safe for concurrent use.
type Process struct {
	cmd   *exec.Cmd
	ended chan struct{}

	mu   sync.Mutex
	gone bool // its id may be another's
	err  error
}

// Start starts a program as the leader of a group of its own. On Linux the kernel
// kills it when this program ends, however that does. What the program has left
// behind when it ends is killed.
func Start(cmd *exec.Cmd) (*Process, error) {
	cmd.SysProcAttr = tied()
	p := &Process{cmd: cmd, ended: make(chan struct{})}
	started := make(chan error)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// run runs the program to its end, on one thread, with which the kernel may tie it.
func (p *Process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	if err = p.cmd.Wait(); errors.Is(err, exec.ErrWaitDelay) {
		err = nil // it has ended in order, and left something behind that has its output
	}
	p.mu.Lock()
	signal(p.cmd.Process, Kill)
	p.gone, p.err = true, err
	p.mu.Unlock()
	close(p.ended)
}

// Ended is closed when the program has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Err returns what [exec.Cmd.Wait] has returned, once the program has ended: nil for the
// code 0, whatever the program has left behind that has its output.
func (p *Process) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Signal sends a signal to the whole group, and to nobody once the program has ended.
func (p *Process) Signal(sig syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.gone {
		signal(p.cmd.Process, sig)
	}
}
