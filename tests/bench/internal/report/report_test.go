package report_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homing-dev/homing/tests/bench/internal/codec"
	"github.com/homing-dev/homing/tests/bench/internal/memory"
	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/report"
	"github.com/homing-dev/homing/tests/bench/internal/throughput"
)

var update = flag.Bool("update", false, "write the golden files")

func round(scale float64) throughput.Round {
	return throughput.Round{
		peer.Echo:   {Rate: 50_000 * scale, P50: 0.001, P99: 0.008, Mallocs: 25.1, Bytes: 3400, CPU: 0.024},
		peer.Plain:  {Rate: 48_000 * scale, P50: 0.0011, P99: 0.0085, Mallocs: 30.2, Bytes: 3838, CPU: 0.026},
		peer.Homing: {Rate: 46_000 * scale, P50: 0.00112 / scale, P99: 0.009, Mallocs: 59.1, Bytes: 5726, CPU: 0.03},
	}
}

// good is a report of which every goal is met.
func good() report.Report {
	rounds := []throughput.Round{round(1), round(0.5), round(1.1)}
	return report.Report{
		Machine: report.Machine{Cores: 2, CPU: "Example 9000", Go: "go1.26.0", System: "linux/amd64", Load: "0.10, 0.20, 0.30"},
		Command: "go run . -rounds 3",
		Series: []throughput.Series{
			{Work: peer.Identity, Connections: 64, Rounds: rounds},
			{Work: peer.Quote, Connections: 64, Rounds: rounds},
			{Work: peer.Identity, Connections: 1, Rounds: rounds[:1]},
		},
		Hops: throughput.Series{Work: peer.Identity, Connections: 64, Rounds: []throughput.Round{{
			peer.SDKHops:    {Rate: 3_000, P50: 0.02, P99: 0.06, Mallocs: 1_200, Bytes: 98_000, CPU: 0.5},
			peer.SDKPooled:  {Rate: 5_000, P50: 0.012, P99: 0.04, Mallocs: 600, Bytes: 50_000, CPU: 0.25},
			peer.HomingHops: {Rate: 6_000, P50: 0.01, P99: 0.03, Mallocs: 400, Bytes: 49_000, CPU: 0.2},
		}}},
		Codec: codec.Comparison{
			{Homing: codec.Cost{Nanoseconds: 2_000, Allocs: 30, Bytes: 3_000}, SDK: codec.Cost{Nanoseconds: 5_000, Allocs: 75, Bytes: 4_000}},
			{Homing: codec.Cost{Nanoseconds: 2_500, Allocs: 30, Bytes: 3_000}, SDK: codec.Cost{Nanoseconds: 5_000, Allocs: 75, Bytes: 4_000}},
		},
		Waiting: memory.Waiting{
			Requests: 10_000,
			Plain:    memory.Footprint{Heap: 15684, Stack: 6154, RSS: 17070},
			Homing:   memory.Footprint{Heap: 16708, Stack: 7178, RSS: 20142},
		},
		Growth: memory.Growth{
			First: memory.Held{Requests: 10_240, Heap: 900 << 10, RSS: 18 << 20},
			Last:  memory.Held{Requests: 1_000_123, Heap: 910 << 10, RSS: 18<<20 + 512<<10},
		},
	}
}

func TestMarkdownIsAsInTheGoldenFile(t *testing.T) {
	t.Parallel()
	golden := filepath.Join("testdata", "report.md")
	got := good().Markdown()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestEveryGoalCanBeMissed(t *testing.T) {
	t.Parallel()
	if !good().Met() || strings.Contains(good().Markdown(), "**no**") {
		t.Fatal("the report that the others are made of does not meet its goals")
	}
	slow := func(work string, s throughput.Sample) func(*report.Report) {
		return func(r *report.Report) {
			for i := range r.Series {
				if r.Series[i].Work == work {
					one := round(1)
					one[peer.Homing] = s
					r.Series[i].Rounds = []throughput.Round{one}
				}
			}
		}
	}
	tests := map[string]struct {
		spoil func(*report.Report)
		goal  string
	}{
		"identity rate": {slow(peer.Identity, throughput.Sample{Rate: 42_000, P50: 0.001}), "echo's requests/s | 0.84 | **no**"},
		"identity p50":  {slow(peer.Identity, throughput.Sample{Rate: 50_000, P50: 0.00116}), "echo's p50 | 1.16 | **no**"},
		"no latency":    {slow(peer.Identity, throughput.Sample{Rate: 50_000}), "echo's p50 | 0.00 | **no**"},
		"quote rate":    {slow(peer.Quote, throughput.Sample{Rate: 45_000, P50: 0.001}), "server's requests/s | 0.94 | **no**"},
		"waiting":       {func(r *report.Report) { r.Waiting.Homing.Stack += 3 << 10 }, "hand-written server | 5.0 KB | **no**"},
		"hops": {func(r *report.Report) {
			r.Hops.Rounds = []throughput.Round{{peer.SDKHops: {Rate: 5_000}, peer.HomingHops: {Rate: 7_400}}}
		}, "SDK's requests/s | 1.48 | **no**"},
		"codec time": {func(r *report.Report) {
			r.Codec = codec.Comparison{{Homing: codec.Cost{Nanoseconds: 51, Allocs: 1}, SDK: codec.Cost{Nanoseconds: 100, Allocs: 2}}}
		}, "SDK's time | 0.51 | **no**"},
		"codec allocations": {func(r *report.Report) {
			r.Codec = codec.Comparison{{Homing: codec.Cost{Nanoseconds: 1, Allocs: 26}, SDK: codec.Cost{Nanoseconds: 2, Allocs: 50}}}
		}, "SDK's allocations | 0.52 | **no**"},
		"growth": {func(r *report.Report) { r.Growth.Last.Heap *= 2 }, "to 1820.0 KB, RSS 18432.0 KB to 18944.0 KB | **no**"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := good()
			tt.spoil(&r)
			text := r.Markdown()
			if r.Met() || !strings.Contains(text, tt.goal) || strings.Count(text, "**no**") != 1 {
				t.Errorf("met: %v, want %q alone in\n%s", r.Met(), tt.goal, text)
			}
		})
	}
}

func TestNothingMeasuredMeetsNoGoal(t *testing.T) {
	t.Parallel()
	var empty report.Report
	if text := empty.Markdown(); empty.Met() || strings.Count(text, "**no**") != 8 {
		t.Errorf("got\n%s", text)
	}
}
