package sam_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/generate/sam"
)

func TestCostsAreFresh(t *testing.T) { //nolint:paralleltest // it may write a file that another test reads.
	text, err := sam.Costs(builtIn(t), sam.TypicalLoad(sam.BusyRate))
	if err != nil {
		t.Fatal(err)
	}
	fresh(t, filepath.Join("..", "..", "..", "infra", "aws", "costs.md"), text)
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-6 }

func TestAMillionCallsCost(t *testing.T) {
	t.Parallel()
	load := sam.Load{
		Steps: 2, Work: time.Second, Overhead: 10 * time.Millisecond, Hop: 100 * time.Millisecond, Added: 50 * time.Millisecond,
		AdapterMB: 512, StepMB: 1024, Looks: 4, Writes: 2, LogBytes: 1000, Rate: 10,
	}
	const gbs = 13.3334 // a million GB-seconds
	const traces = (0.1 + 0.9*0.05) * 5
	const key = 2.0 / 3000 * 3 // two users every five minutes
	for shape, want := range map[sam.Shape]sam.Bill{
		sam.Inline: {API: 1, Runs: 0.2, Compute: 1.01 * gbs, Logs: 2 * 0.5, Traces: traces},
		// waits for 10 ms and 1,010 ms and 100 ms and 50 ms in half a GB
		sam.Vertex: {API: 1, Runs: 0.4, Compute: (1.17/2 + 1.01) * gbs, Store: 1.25 + 0.25, Key: key, Logs: 3 * 0.5, Traces: traces},
		sam.Split:  {API: 1, Runs: 0.6, Compute: (1.28/2 + 1.02) * gbs, Store: 1.25 + 0.25, Key: key, Logs: 4 * 0.5, Traces: traces},
	} {
		got := load.PerMillion(shape)
		if !near(got.API, want.API) || !near(got.Runs, want.Runs) || !near(got.Compute, want.Compute) ||
			!near(got.Store, want.Store) || !near(got.Key, want.Key) || !near(got.Logs, want.Logs) || !near(got.Traces, want.Traces) || !near(got.Total(), want.Total()) {
			t.Errorf("%s: got %+v, want %+v", shape, got, want)
		}
	}
}

// A call that comes alone is traced.
func TestNothingCostsTheCallAlone(t *testing.T) {
	t.Parallel()
	if got := (sam.Load{}).PerMillion(sam.Inline); !near(got.Total(), 6.2) {
		t.Errorf("got %+v", got)
	}
}

// The first call in a second is traced, so of few calls nearly all.
func TestFewCallsAreTracedNearlyAll(t *testing.T) {
	t.Parallel()
	for rate, want := range map[float64]float64{0: 1, 0.4: 1, 1: 1, 2: 0.525, 10: 0.145, 100: 0.0595} {
		if got := (sam.Load{Rate: rate}).Traced(); !near(got, want) {
			t.Errorf("at %g in a second %g of the calls are traced, want %g", rate, got, want)
		}
	}
}

// The metrics that cost something without a call are those of the template.
func TestAlarmsAreCounted(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "infra", "aws", "costs.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range shapes() {
		n := len(deploy(t, map[string]string{"Shape": name}, builtIn(t)...).watched())
		if want := fmt.Sprintf("%s %d metrics ($%.2f)", name, n, float64(n)/10+0.4); !strings.Contains(string(text), want) {
			t.Errorf("costs.md does not say %q", want)
		}
	}
}
