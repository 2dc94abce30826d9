package report

import (
	"strings"
	"testing"

	"github.com/homing-dev/homing/tests/bench/internal/figures"
)

func TestLatencyIsInTheUnitThatFits(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[float64]string{
		0:          "0 µs",
		0.0000364:  "36 µs",
		0.0009994:  "999 µs",
		0.001:      "1.00 ms",
		0.0010649:  "1.06 ms",
		1.23456789: "1.23 s",
	} {
		if got := latency(seconds); got != want {
			t.Errorf("%g s: got %q, want %q", seconds, got, want)
		}
	}
}

func TestASpreadThatIsWrittenAlikeIsOneNumber(t *testing.T) {
	t.Parallel()
	tests := []struct {
		spread figures.Spread
		want   string
	}{
		{figures.Spread{Median: 1.5, Min: 1.2, Max: 1.9}, "1.5 (1.2–1.9)"},
		{figures.Spread{Median: 1.52, Min: 1.51, Max: 1.53}, "1.5"},
		{figures.Spread{}, "0.0"},
	}
	for _, tt := range tests {
		if got := spread(tt.spread, tenths); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestKilobytes(t *testing.T) {
	t.Parallel()
	for bytes, want := range map[float64]string{0: "0.0", 1024: "1.0", -1536: "-1.5", 5939: "5.8"} {
		if got := kilobytes(bytes); got != want {
			t.Errorf("%g: got %q, want %q", bytes, got, want)
		}
	}
}

func TestCPUModel(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ cpuinfo, want string }{
		"two cores": {"processor\t: 0\nmodel\t\t: 17\nmodel name\t: Example 9000\n\nprocessor\t: 1\nmodel name\t: Other\n", "Example 9000"},
		"colons":    {"model name : A: B\n", "A: B"},
		"none":      {"processor : 0\nBogoMIPS : 100\n", ""}, // as on Arm
		"empty":     {"", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := cpuModel(tt.cpuinfo); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestThisMachineSaysWhatItIs(t *testing.T) {
	t.Parallel()
	m := ThisMachine()
	if m.Cores < 1 || m.CPU == "" || m.Load == "" || !strings.HasPrefix(m.Go, "go") && !strings.HasPrefix(m.Go, "devel") {
		t.Errorf("got %+v", m)
	}
}
