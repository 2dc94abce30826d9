package e2e_test

import "syscall"

// tied makes a process end with the test that started it, even if that ends
// without its cleanup.
func tied() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
