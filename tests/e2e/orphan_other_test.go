//go:build !linux

package e2e_test

import "syscall"

// tied does nothing where the system cannot tie processes together; the
// cleanup of a test ends what it started.
func tied() *syscall.SysProcAttr { return nil }
