package lambda

import (
	"runtime/debug"
	"testing"
)

func TestMemoryThatIsPaidForIsUsed(t *testing.T) { //nolint:paralleltest // the settings are those of the process
	limit, percent := debug.SetMemoryLimit(-1), debug.SetGCPercent(100)
	defer func() {
		debug.SetMemoryLimit(limit)
		debug.SetGCPercent(percent)
	}()
	for name, tt := range map[string]struct {
		env     map[string]string
		limit   int64
		percent int
	}{
		"on Lambda":         {map[string]string{varMemory: "1000"}, 1000 << 20 / 100 * 80, 400},
		"told otherwise":    {map[string]string{varMemory: "1000", "GOGC": "100", "GOMEMLIMIT": "1GiB"}, limit, 100},
		"nothing is known":  {nil, limit, 100},
		"nonsense is known": {map[string]string{varMemory: "-3"}, limit, 100},
	} {
		debug.SetMemoryLimit(limit)
		debug.SetGCPercent(100)
		useMemory(func(name string) string { return tt.env[name] })
		if l, p := debug.SetMemoryLimit(-1), debug.SetGCPercent(100); l != tt.limit || p != tt.percent {
			t.Errorf("%s: limit %d, percent %d", name, l, p)
		}
	}
}
