package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// processorTimes returns for how long the threads of a process have run, and waited
// for a processor, in all.
func processorTimes(pid int) (ran, waited time.Duration, ok bool) {
	paths, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/schedstat")
	if err != nil || len(paths) == 0 || pid == 0 {
		return 0, 0, false
	}
	for _, path := range paths {
		text, err := os.ReadFile(path) //nolint:gosec // of the kernel
		if err != nil {
			continue // the thread has ended
		}
		var r, w time.Duration
		if _, err := fmt.Sscan(string(text), &r, &w); err != nil {
			return 0, 0, false
		}
		ran, waited = ran+r, waited+w
	}
	return ran, waited, true
}
