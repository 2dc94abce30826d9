package invoke

import (
	"os"
	"strconv"
	"strings"
)

// residence reads the resident memory of a process, again and again.
type residence struct{ statm *os.File }

// open begins, once the process is there. What it cannot open it reads as 0.
func (r *residence) open(pid int) {
	r.statm, _ = os.Open("/proc/" + strconv.Itoa(pid) + "/statm")
}

func (r *residence) close() { _ = r.statm.Close() } // of nil, too

// bytes returns the resident memory from proc_pid_statm(5); 0 if the process has
// ended.
func (r *residence) bytes() int64 {
	const enough = 128
	var text [enough]byte
	n, _ := r.statm.ReadAt(text[:], 0) // which makes it anew
	_, after, _ := strings.Cut(string(text[:n]), " ")
	pages, _, _ := strings.Cut(after, " ")
	count, err := strconv.ParseInt(pages, 10, 64)
	if err != nil {
		return 0
	}
	return count * int64(os.Getpagesize())
}
