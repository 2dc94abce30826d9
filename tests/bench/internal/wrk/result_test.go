package wrk_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/tests/bench/internal/wrk"
)

func output(tb testing.TB, name string) string {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}

func TestParseReadsWhatWrkPrints(t *testing.T) {
	t.Parallel()
	tests := map[string]wrk.Result{
		"good.txt": {
			Requests: 103154, Duration: 2 * time.Second,
			P50: 1060 * time.Microsecond, P99: 8510 * time.Microsecond, Max: 17730 * time.Microsecond,
		},
		"quick.txt": {
			Requests: 15010, Duration: 1100 * time.Millisecond,
			P50: 61 * time.Microsecond, P99: 821 * time.Microsecond, Max: 6340 * time.Microsecond,
		},
		"slow.txt": { // a time in seconds has a space behind it
			Requests: 4, Duration: 3010 * time.Millisecond,
			P50: 1200 * time.Millisecond, P99: 1200 * time.Millisecond, Max: 1200 * time.Millisecond,
		},
		"failing.txt": {
			Requests: 2185, Duration: time.Second,
			P50: 1450 * time.Microsecond, P99: 4910 * time.Microsecond, Max: 9330 * time.Microsecond,
			SocketErrors: 2183, BadStatus: 2185,
		},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := wrk.Parse(output(t, name))
			if err != nil || got != want {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		})
	}
}

func TestEveryKindOfSocketErrorCounts(t *testing.T) {
	t.Parallel()
	const before, after = "connect 0, read 2183, write 0, timeout 0", "connect 1, read 20, write 300, timeout 4000"
	text := strings.Replace(output(t, "failing.txt"), before, after, 1)
	got, err := wrk.Parse(text)
	if err != nil || got.SocketErrors != 4321 {
		t.Errorf("got %d, %v, want 4321", got.SocketErrors, err)
	}
}

func TestParseRefusesOutputThatIsNotWhole(t *testing.T) {
	t.Parallel()
	good := output(t, "good.txt")
	tests := map[string]string{
		"nothing":          "",
		"no percentiles":   strings.Replace(good, "99%", "98%", 1),
		"no requests":      strings.Replace(good, "requests in", "in", 1),
		"unknown unit":     strings.Replace(good, "1.06ms", "1.06qs", 1),
		"too many":         strings.Replace(good, "103154 requests", "99999999999999999999 requests", 1),
		"no latency":       strings.Replace(good, "Latency ", "Delay ", 1),
		"odd socket error": good + "  Socket errors: many\n",
		"odd status":       good + "  Non-2xx or 3xx responses: many\n",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := wrk.Parse(text); err == nil || got != (wrk.Result{}) {
				t.Errorf("got %+v, %v, want an error alone", got, err)
			}
		})
	}
}

func TestCheckRefusesARunThatFailed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		result wrk.Result
		want   string // "" means that the run counts
	}{
		"good":         {wrk.Result{Requests: 1}, ""},
		"none":         {wrk.Result{}, "no request was answered"},
		"socket error": {wrk.Result{Requests: 9, SocketErrors: 1}, "1 of 9 requests ended with a socket error"},
		"bad status":   {wrk.Result{Requests: 9, BadStatus: 2}, "2 of 9 answers were not 2xx"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if err := tt.result.Check(); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRate(t *testing.T) {
	t.Parallel()
	if got := (wrk.Result{Requests: 100, Duration: 2 * time.Second}).Rate(); got != 50 {
		t.Errorf("got %g, want 50", got)
	}
	if got := (wrk.Result{Requests: 100}).Rate(); got != 0 {
		t.Errorf("got %g of no time, want 0", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"good.txt", "quick.txt", "slow.txt", "failing.txt"} {
		f.Add(output(f, name))
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := wrk.Parse(text)
		if err != nil && got != (wrk.Result{}) {
			t.Fatalf("got %+v beside the error %v", got, err)
		}
		if got.Requests < 0 || got.Duration < 0 || got.P50 < 0 || got.P99 < 0 || got.Max < 0 {
			t.Fatalf("got %+v", got)
		}
	})
}
