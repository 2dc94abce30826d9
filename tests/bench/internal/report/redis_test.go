package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/tests/bench/internal/report"
	"github.com/homing-dev/homing/tests/bench/internal/viaredis"
)

func throughRedis(path time.Duration, calls ...viaredis.Calls) report.Report {
	way := viaredis.Path{Trips: 40 * time.Microsecond, Writes: 50 * time.Microsecond, Sync: path, Async: 2 * path}
	return report.Report{Command: "go run . -redis", Redis: report.Redis{Paths: []viaredis.Path{way}, Calls: calls}}
}

func TestWhatComesThroughRedisIsBesideItsGoals(t *testing.T) {
	t.Parallel()
	call := viaredis.Calls{Fsync: viaredis.EverySecond, Connections: 16, Count: 9, P50: 17 * time.Millisecond, CPU: 1000 * time.Millisecond}
	text := throughRedis(60*time.Microsecond, call).RedisMarkdown()
	for _, want := range []string{
		"`go run . -redis`", "at most 1.50 of two bare round trips", "| 1.50 | yes |", "p50 of Numaflow's serving | 0.189 | yes |", "of its CPU | 0.303 | yes |",
		"| everysec | 16 | 9 | 17.00 ms |", "| 90.00 ms | 3.3 | 0.189 | 0.303 |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
	call.Fsync, call.P50, call.Connections = viaredis.Always, 54*time.Millisecond, 64
	text = throughRedis(61*time.Microsecond, call).RedisMarkdown()
	for _, want := range []string{"| 1.52 | **no** |", "at most 0.50 of the p50 of Numaflow's serving | 0.505 | **no** |"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
}
