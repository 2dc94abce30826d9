package process

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Measurement is what a process has used since its start.
type Measurement struct {
	// Waiting is the number of requests that wait in a function.
	Waiting int `json:"waiting"`
	// Mallocs is the number of objects allocated on the heap, Allocated their
	// size in bytes.
	Mallocs   uint64 `json:"mallocs"`
	Allocated uint64 `json:"allocated"`
	// Heap and Stack are bytes in use: by objects that are not collected yet,
	// and by the stacks of goroutines.
	Heap  uint64 `json:"heap"`
	Stack uint64 `json:"stack"`
	// RSS is the resident set size in bytes, with all that the Go runtime
	// holds for later.
	RSS uint64 `json:"rss"`
	// CPU is user and system time.
	CPU time.Duration `json:"cpu"`
	// Error says why a command failed; empty if it did not.
	Error string `json:"error,omitempty"`
}

// plus adds up what two processes have used.
func (m Measurement) plus(o Measurement) Measurement {
	return Measurement{
		Waiting: m.Waiting + o.Waiting,
		Mallocs: m.Mallocs + o.Mallocs, Allocated: m.Allocated + o.Allocated,
		Heap: m.Heap + o.Heap, Stack: m.Stack + o.Stack,
		RSS: m.RSS + o.RSS, CPU: m.CPU + o.CPU,
	}
}

// Measure measures this process.
func Measure() (Measurement, error) {
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return Measurement{}, fmt.Errorf("read the CPU time: %w", err)
	}
	rss, err := residentSet()
	if err != nil {
		return Measurement{}, err
	}
	return Measurement{
		Mallocs: mem.Mallocs, Allocated: mem.TotalAlloc,
		Heap: mem.HeapAlloc, Stack: mem.StackInuse,
		RSS: rss,
		CPU: time.Duration(usage.Utime.Nano() + usage.Stime.Nano()),
	}, nil
}

// residentSet reads the second number of /proc/self/statm, in pages (proc(5)).
func residentSet() (uint64, error) {
	const file = "/proc/self/statm"
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, fmt.Errorf("read the memory of this process, which needs Linux: %w", err)
	}
	fields := strings.Fields(string(data))
	const resident = 1
	if len(fields) <= resident {
		return 0, fmt.Errorf("%s holds %q, which is too short", file, data)
	}
	pages, err := strconv.ParseUint(fields[resident], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s holds %q: %w", file, data, err)
	}
	return pages * uint64(os.Getpagesize()), nil //nolint:gosec // a page has a positive size
}
