package main

import "syscall"

// tied makes a process end with this one, even if that is killed, and keeps a
// Ctrl-C in the terminal from it.
func tied() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
