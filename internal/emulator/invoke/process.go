package invoke

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// lastWords is how long output is read on after the end of a process, for what
// is still in the pipe; a child that left the group may keep it open for good.
const lastWords = 100 * time.Millisecond

// process is a running bootstrap, the leader of a process group with
// everything that it starts.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when the group has ended and the output is read
	state string        // how it ended, "" for a clean exit; read it after ended

	mu   sync.Mutex
	gone bool // the leader is reaped, its id may be another's
}

// spawn starts an executable with nothing but env. Its output goes to out,
// which may be nil.
func spawn(path, dir string, env []string, out io.Writer) (*process, error) {
	p := &process{ended: make(chan struct{})}
	p.cmd = exec.Command(path) //nolint:noctx // ended with its group, not by a context
	p.cmd.Dir, p.cmd.Env = dir, env
	p.cmd.SysProcAttr = groupLeader()
	var pipe *os.File
	if out != nil {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, fmt.Errorf("make a pipe for the output: %w", err)
		}
		pipe = r
		p.cmd.Stdout, p.cmd.Stderr = w, w
	}
	started := make(chan error)
	go p.run(started, pipe, out)
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// run starts the process and waits for it. It keeps its thread meanwhile,
// since on Linux the process is tied to the thread that started it.
func (p *process) run(started chan<- error, pipe *os.File, out io.Writer) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	if w, ok := p.cmd.Stdout.(*os.File); ok {
		_ = w.Close() // the child has its own
	}
	if err != nil {
		if pipe != nil {
			_ = pipe.Close()
		}
		started <- err
		return
	}
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		if pipe != nil {
			_, _ = io.Copy(out, pipe) // a log that fails must not end the function
			_ = pipe.Close()
		}
	}()
	started <- nil
	err = p.cmd.Wait()
	p.mu.Lock()
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // what it left behind
	p.gone = true
	p.mu.Unlock()
	if pipe != nil {
		_ = pipe.SetReadDeadline(time.Now().Add(lastWords))
	}
	<-copied
	p.state = stateOf(err)
	close(p.ended)
}

func stateOf(err error) string {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &exit):
		return exit.String()
	default:
		return err.Error()
	}
}

// signal goes to the whole group; none if it has ended.
func (p *process) signal(sig syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.gone {
		_ = syscall.Kill(-p.cmd.Process.Pid, sig) // it may have ended just now
	}
}

// memory gives the resident memory of the bootstrap in bytes; 0 if unknown.
func (p *process) memory() int64 { return resident(p.cmd.Process.Pid) }

// turns lets one environment of a function write at a time.
type turns struct {
	mu sync.Mutex
	w  io.Writer
}

func (t *turns) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.w.Write(b)
}
