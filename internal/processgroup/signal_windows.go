package processgroup

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// Signals of [Process.Signal].
const (
	Stop      = syscall.Signal(-1)
	Continue  = syscall.Signal(-2)
	Terminate = syscall.SIGTERM
	Kill      = syscall.SIGKILL
)

// Leader makes a process the leader of a group of its own, which an interrupt from
// the terminal does not reach.
func Leader() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// signal ends all processes of a group by [Kill], and does nothing by another
// signal.
func signal(leader *os.Process, sig syscall.Signal) {
	if sig == Kill {
		_ = exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(leader.Pid)).Run() //nolint:gosec,noctx // a number; it ends soon
	}
}

// Killed is false: how a process was ended is unknown here.
func Killed(*os.ProcessState) bool { return false }
