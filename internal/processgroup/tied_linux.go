package processgroup

import "syscall"

// tied is [Leader] for a process that the kernel kills when the thread that
// started it ends, as it does with the program: so it needs no time for it. Lock
// the thread until the process has ended.
func tied() *syscall.SysProcAttr {
	attr := Leader()
	attr.Pdeathsig = syscall.SIGKILL
	return attr
}
