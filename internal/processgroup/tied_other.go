//go:build !linux

package processgroup

import "syscall"

// Tied is [Leader]: only Linux can end a process with the one that started it.
func Tied() *syscall.SysProcAttr { return Leader() }
