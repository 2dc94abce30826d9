//go:build !linux

package invoke

import "syscall"

// groupLeader makes a process the leader of a group.
func groupLeader() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// resident is 0: the memory of a process is unknown here, so that no limit
// is enforced.
func resident(int) int64 { return 0 }
