//go:build unix && !linux

package dynalite

import (
	"os"
	"syscall"
)

// attributes put the process into a group of its own, so that an interrupt
// from the terminal reaches it by Stop.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func kill(p *os.Process) {
	_ = syscall.Kill(-p.Pid, syscall.SIGKILL) // the group; it fails when there is nothing left to kill
}
