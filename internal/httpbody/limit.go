package httpbody

import (
	"math"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

const (
	// unlimitedBudget is the budget where memory has no limit.
	unlimitedBudget = 256 << 20
	// memoryPart is the part of the memory that is for bodies: what is read of
	// them is copied as it grows, and garbage until it is collected.
	memoryPart = 4
)

// DefaultBudget is a quarter of the memory that the process may use: of
// GOMEMLIMIT, else of the limit of its cgroup (v1 or v2); 256 MiB if neither is
// set.
func DefaultBudget() int64 {
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 { // only reads it
		return limit / memoryPart
	}
	if limit, err := memlimit.FromCgroup(); err == nil && limit <= math.MaxInt64 {
		return int64(limit) / memoryPart
	}
	return unlimitedBudget
}
