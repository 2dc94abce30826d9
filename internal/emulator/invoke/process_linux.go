package invoke

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// groupLeader makes a process the leader of a group, and ends it with the
// thread that started it even if that has no time for it.
func groupLeader() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// resident reads the resident memory of a process in bytes from
// proc_pid_statm(5); 0 if it has ended.
func resident(pid int) int64 {
	statm, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm") //nolint:gosec // a number in a path
	if err != nil {
		return 0
	}
	var total, pages int64
	if _, err := fmt.Sscan(string(statm), &total, &pages); err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
