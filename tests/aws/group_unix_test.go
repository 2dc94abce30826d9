//go:build unix

package aws_test

import "syscall"

// group has a process lead a group of its own, which can be ended as a whole.
func group() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func killGroup(pid int) {
	_ = syscall.Kill(-pid, syscall.SIGKILL) // it may have ended
}
