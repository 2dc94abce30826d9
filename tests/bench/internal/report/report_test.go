package report_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homing-dev/homing/tests/bench/internal/codec"
	"github.com/homing-dev/homing/tests/bench/internal/lambda"
	"github.com/homing-dev/homing/tests/bench/internal/memory"
	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/peer/lambda/handling"
	"github.com/homing-dev/homing/tests/bench/internal/polling"
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

// onLambda is what of a report was measured there.
func onLambda() report.Lambda {
	sample := func(p50 float64) lambda.Sample { return lambda.Sample{Rate: 0.9 / p50, P50: p50, P99: 3 * p50} }
	rounds := []lambda.Round{
		{Bare: sample(0.0004), Homing: sample(0.00044)},
		{Bare: sample(0.0005), Homing: sample(0.00065)},
		{Bare: sample(0.0004), Homing: sample(0.0004)},
	}
	cost := func(ns float64) handling.Cost { return handling.Cost{Nanoseconds: ns, Allocs: ns / 500, Bytes: ns / 4} }
	handled := []lambda.Handled{{Bare: cost(40_000), Homing: cost(41_000)}, {Bare: cost(40_000), Homing: cost(38_000)}}
	return report.Lambda{
		Starts: []lambda.Start{
			{Name: "aws-lambda-go alone, quote", Call: "POST /quote", Seconds: []float64{0.006, 0.005, 0.007}},
			{Name: "Homing's bootstrap, role all", Call: "POST /quote", Role: "all", Seconds: []float64{0.02, 0.015, 0.06}},
			{Name: "Homing's bootstrap, role adapter", Call: "GET /health/liveness", Role: "adapter", Seconds: []float64{0.05, 0.014, 0.09}},
		},
		Warm:     []lambda.Warm{{Work: peer.Identity, Rounds: rounds}, {Work: peer.Quote, Rounds: rounds[:1]}},
		Handling: []lambda.Handling{{Work: peer.Identity, Rounds: handled}},
		Replies: []polling.Result{
			{
				Load:  polling.Load{Chain: "quote", Poll: "cost", InFlight: 1, Calls: 100},
				First: 0.06, Reads: 1.25, ReadUnits: 0.63, Writes: 1, AddedMean: 0.0056, AddedP99: 0.016, P50: 0.0079, P99: 0.0164,
			},
			{
				Load:  polling.Load{Chain: "pause", Poll: "latency", InFlight: 16, Calls: 1600},
				First: 0.08, Reads: 0.25, ReadUnits: 0.5, Writes: 1, AddedMean: 0.027, AddedP99: 0.064, P50: 0.044, P99: 0.079,
			},
		},
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
		Lambda: onLambda(),
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
		"start": {func(r *report.Report) {
			r.Lambda.Starts[1].Seconds = []float64{0.01, 0.051, 0.06}
		}, "first answer: at most 50.00 ms | 51.00 ms | **no**"},
		"no start": {func(r *report.Report) {
			r.Lambda.Starts = r.Lambda.Starts[:2]
		}, "role adapter to its first answer: at most 50.00 ms | not measured | **no**"},
		"call on Lambda": {func(r *report.Report) {
			r.Lambda.Warm[1].Rounds = []lambda.Round{{Bare: lambda.Sample{P50: 100}, Homing: lambda.Sample{P50: 121}}}
		}, "quote steps: at most 1.20 of aws-lambda-go's p50 | 1.21 | **no**"},
		"second write": {func(r *report.Report) { r.Lambda.Replies[1].Writes = 1.01 }, "1 write | 1.005 (1.000–1.010) | **no**"},
		"no write":     {func(r *report.Report) { r.Lambda.Replies[0].Writes = 0.5 }, "1 write | 0.750 (0.500–1.000) | **no**"},
		"no replies": {func(r *report.Report) {
			r.Lambda.Replies, r.Lambda.NoReplies = nil, "there is no Node.js"
		}, "1 write | not measured: there is no Node.js | **no**"},
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
	if text := empty.Markdown(); empty.Met() || strings.Count(text, "**no**") != 13 {
		t.Errorf("got\n%s", text)
	}
}

func TestThePartOnLambdaHasItsGoalsAlone(t *testing.T) {
	t.Parallel()
	text := good().LambdaMarkdown()
	for _, want := range []string{"`go run . -rounds 3`", "### Goals", "1 write | 1.000 | yes", "### Lambda: replies through DynamoDB"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "64 connections") || strings.Contains(text, "**no**") {
		t.Errorf("got\n%s", text)
	}
	all := good().Markdown()
	if _, part, _ := strings.Cut(text, "### Lambda"); !strings.HasSuffix(all, part) {
		t.Errorf("the whole report ends otherwise:\n%s", all)
	}
}

func TestAReportSaysWhyThereAreNoReplies(t *testing.T) {
	t.Parallel()
	r := good()
	r.Lambda.Replies, r.Lambda.NoReplies = nil, "there is no Node.js."
	if text := r.Markdown(); !strings.Contains(text, "### Lambda: replies through DynamoDB\n\nNot measured: there is no Node.js.\n") {
		t.Errorf("got\n%s", text)
	}
}
