package wrk_test

import (
	"testing"
	"time"

	"github.com/homing-dev/homing/tests/bench/internal/wrk"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	tests := map[string]time.Duration{
		"0.00us":   0,
		"61.00us":  61 * time.Microsecond,
		"757.66us": 757660 * time.Nanosecond,
		"1.29ms":   1290 * time.Microsecond, // 1.29 times 1e6 is a little less in binary
		"17.73ms":  17730 * time.Microsecond,
		"1.10s":    1100 * time.Millisecond,
		"4s":       4 * time.Second,
		"1.50m":    90 * time.Second,
		"1.00h":    time.Hour,
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			if got, err := wrk.ParseDuration(text); err != nil || got != want {
				t.Errorf("got %s, %v, want %s", got, err, want)
			}
		})
	}
}

func TestParseDurationRefusesWhatWrkDoesNotWrite(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "us", "5", "5 ms", "ms5", "-1ms", "5ns", "5sm", "NaNs", "+Infs", "1e300s", "1.2.3ms", "1_0ms\x00"} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			if got, err := wrk.ParseDuration(text); err == nil {
				t.Errorf("%q gives %s", text, got)
			}
		})
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, seed := range []string{"61.00us", "1.29ms", "1.10s", "1.50m", "1h", "-1ms", "NaNs", "1e300s"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := wrk.ParseDuration(text)
		if got < 0 || err != nil && got != 0 {
			t.Fatalf("%q gives %s, %v", text, got, err)
		}
	})
}
