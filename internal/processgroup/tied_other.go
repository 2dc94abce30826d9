//go:build !linux

package processgroup

import "syscall"

// tied is [Leader]: only Linux can end a process with the one that started it.
func tied() *syscall.SysProcAttr { return Leader() }
