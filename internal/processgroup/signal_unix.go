//go:build unix

package processgroup

import (
	"os"
	"syscall"
)

// Signals of [Process.Signal].
const (
	Stop      = syscall.SIGSTOP
	Continue  = syscall.SIGCONT
	Terminate = syscall.SIGTERM
	Kill      = syscall.SIGKILL
)

// Leader makes a process the leader of a group of its own, which an interrupt from
// the terminal does not reach.
func Leader() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// signal sends a signal to all processes of a group. It does nothing if they have
// ended, but the id may be another's once the leader was waited for.
func signal(leader *os.Process, sig syscall.Signal) { _ = syscall.Kill(-leader.Pid, sig) }

// Killed reports whether SIGKILL has ended a process.
func Killed(state *os.ProcessState) bool {
	status, ok := state.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}
