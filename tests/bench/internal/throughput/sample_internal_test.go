package throughput

import (
	"testing"
	"time"

	"github.com/homing-dev/homing/tests/bench/internal/process"
	"github.com/homing-dev/homing/tests/bench/internal/wrk"
)

func TestASampleIsPerRequest(t *testing.T) {
	t.Parallel()
	load := wrk.Result{Requests: 1000, Duration: 2 * time.Second, P50: time.Millisecond, P99: 5 * time.Millisecond}
	before := process.Measurement{Mallocs: 50_000, Allocated: 1_000_000, CPU: time.Second}
	after := process.Measurement{Mallocs: 75_500, Allocated: 4_400_000, CPU: 1500 * time.Millisecond}
	want := Sample{Rate: 500, P50: 0.001, P99: 0.005, Mallocs: 25.5, Bytes: 3400, CPU: 0.5}
	if got := sampleOf(load, before, after); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
