//go:build !linux

package main

import "syscall"

// tied keeps a Ctrl-C in the terminal from a process, which is ended by its id.
func tied() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
