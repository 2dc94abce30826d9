package dynalite

import (
	"os"
	"syscall"
)

// attributes put the process into a group of its own, so that an interrupt
// from the terminal reaches it by Stop, and end it with this process even if
// it hangs.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func kill(p *os.Process) {
	_ = syscall.Kill(-p.Pid, syscall.SIGKILL) // the group; it fails when there is nothing left to kill
}
