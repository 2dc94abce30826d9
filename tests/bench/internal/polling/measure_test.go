package polling_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homing-dev/homing/tests/bench/internal/lambda"
	"github.com/homing-dev/homing/tests/bench/internal/peer/lambda/chains"
	"github.com/homing-dev/homing/tests/bench/internal/polling"
)

func TestLoadsAreThePresetsWithOneCallAndWithSeveral(t *testing.T) {
	t.Parallel()
	all := polling.Loads("/bootstrap", "quote", 3, 10)
	got := make([]string, 0, len(all))
	for _, l := range all {
		if l.Bootstrap != "/bootstrap" || l.Chain != "quote" || l.WarmUp != 3*l.InFlight || l.Calls != 10*l.InFlight {
			t.Errorf("got %+v", l)
		}
		got = append(got, l.Poll+strings.Repeat("+", l.InFlight/16))
	}
	if text := strings.Join(got, " "); text != "latency balanced cost latency+ balanced+ cost+" {
		t.Errorf("got %s", text)
	}
}

// start builds the functions and starts a database.
func start(t *testing.T) (*polling.Database, lambda.Programs) {
	t.Helper()
	programs, err := lambda.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	d, err := polling.StartDatabase(t.Context(), programs.CreateTable())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Stop(); err != nil {
			t.Error(err)
		}
	})
	return d, programs
}

func TestAReplyThroughDynamoDBIsOneWrite(t *testing.T) {
	t.Parallel()
	d, programs := start(t)
	for _, inFlight := range []int{1, 4} {
		r, err := polling.Measure(t.Context(), d, polling.Load{
			Bootstrap: programs.Chains(), Chain: chains.Identity, Poll: "balanced", InFlight: inFlight, WarmUp: 4, Calls: 12,
		})
		if err != nil {
			t.Fatal(err)
		}
		if r.Writes != 1 || r.Failed != 0 || r.Reads <= 0 || r.ReadUnits <= 0 {
			t.Errorf("got %+v", r)
		}
		if r.AddedMean <= 0 || r.AddedP99 < r.AddedMean || r.P50 <= 0 || r.P99 < r.P50 || r.First <= 0 {
			t.Errorf("got %+v", r)
		}
	}
	_, err := polling.Measure(t.Context(), d, polling.Load{
		Bootstrap: programs.Chains(), Chain: "nothing", Poll: "cost", InFlight: 1, WarmUp: 1, Calls: 1,
	})
	if err == nil || !strings.Contains(err.Error(), "nothing, cost, 1 in flight") || !strings.Contains(err.Error(), "404") {
		t.Errorf("got %v", err)
	}
}

func TestAFunctionThatCannotStartIsToldOf(t *testing.T) {
	t.Parallel()
	d, programs := start(t)
	_, err := polling.Measure(t.Context(), d, polling.Load{
		Bootstrap: programs.Chains(), Chain: chains.Identity, Poll: "cheap", InFlight: 1, WarmUp: 1, Calls: 1,
	})
	if err == nil || !strings.Contains(err.Error(), "HOMING_POLL") {
		t.Errorf("got %v", err)
	}
}

func TestATableThatCannotBeMadeIsToldOf(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "create-table")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho no room; exit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if d, err := polling.StartDatabase(t.Context(), program); err == nil || !strings.Contains(err.Error(), "no room") {
		t.Errorf("got %v, %v", d, err)
	}
}

func TestWithoutNodeItSaysWhatIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if d, err := polling.StartDatabase(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "Node.js") {
		t.Errorf("got %v, %v", d, err)
	}
}
