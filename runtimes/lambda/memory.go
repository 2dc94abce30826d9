package lambda

import (
	"runtime/debug"
	"strconv"
)

const (
	// varMemory is the variable with the memory of the function, in MB.
	varMemory = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"
	// heapGrowth is how much the heap grows between two collections, in
	// percent: a function has little to keep and all of its memory to itself,
	// so the 100 of Go's default only collect more often.
	heapGrowth = 400
	// heapShare is the part of the memory, in percent, at which the collector
	// begins to work harder.
	heapShare = 80
)

// useMemory lets the garbage collector use the memory that is paid for. The
// variables GOGC and GOMEMLIMIT of Go win.
func useMemory(getenv func(string) string) {
	megabytes, err := strconv.ParseInt(getenv(varMemory), 10, 32)
	if err != nil || megabytes <= 0 {
		return // not Lambda: no limit is known
	}
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(megabytes << 20 / 100 * heapShare)
	}
	if getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
}
