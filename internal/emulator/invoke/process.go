package invoke

import (
	"io"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/homing-dev/homing/internal/processgroup"
)

// lastWords is how long output is read on after the end of a process, for what
// is still in the pipe; a child may keep it open for good.
const lastWords = 100 * time.Millisecond

// process is a running bootstrap with everything that it starts.
type process struct {
	group *processgroup.Process
	cmd   *exec.Cmd
	room  residence
	ended chan struct{} // closed when the group has ended and the output is read
}

// spawn starts an executable with nothing but env. Its output goes to out,
// which may be nil.
func spawn(path, dir string, env []string, out io.Writer) (*process, error) {
	p := &process{cmd: exec.Command(path), ended: make(chan struct{})} //nolint:noctx // ended with its group, not by a context
	p.cmd.Dir, p.cmd.Env = dir, env
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.WaitDelay = out, out, lastWords
	var err error
	if p.group, err = processgroup.Start(p.cmd); err != nil {
		return nil, err
	}
	p.room.open(p.cmd.Process.Pid)
	go func() {
		<-p.group.Ended()
		p.room.close()
		close(p.ended)
	}()
	return p, nil
}

// state is how the process ended, "" for a clean exit. Call it after ended.
func (p *process) state() string {
	if state := p.cmd.ProcessState; !state.Success() {
		return state.String()
	}
	return ""
}

// wasKilled reports whether SIGKILL has ended the process. Call it after ended.
func (p *process) wasKilled() bool {
	return processgroup.Killed(p.cmd.ProcessState)
}

// signal goes to the whole group; none if it has ended.
func (p *process) signal(sig syscall.Signal) { p.group.Signal(sig) }

// memory is the resident memory of the bootstrap in bytes; 0 if unknown.
func (p *process) memory() int64 { return p.room.bytes() }

// syncWriter is a writer for several environments.
type syncWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *syncWriter) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(b)
}
