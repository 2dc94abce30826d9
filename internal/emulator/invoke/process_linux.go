package invoke

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// groupLeader makes a process the leader of a group, and ends it with the
// thread that started it even if that has no time for it.
func groupLeader() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// resident reads the resident memory of a process in bytes from proc_pid_statm(5).
func resident(pid int) int64 {
	statm, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm") //nolint:gosec // a number in a path
	if err != nil {
		return 0 // it has ended
	}
	fields := bytes.Fields(statm)
	const residentField = 1
	if len(fields) <= residentField {
		return 0
	}
	pages, err := strconv.ParseInt(string(fields[residentField]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
