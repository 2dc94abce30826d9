package polling_test

import (
	"strings"
	"testing"

	"github.com/homing-dev/homing/tests/bench/internal/polling"
)

const text = `# TYPE homing_poller_replies_total counter
homing_poller_replies_total 10
# TYPE homing_poller_read_units_total counter
homing_poller_read_units_total 5.5
# TYPE homing_poller_added_waiting_seconds histogram
homing_poller_added_waiting_seconds_bucket{le="0.001"} 4
homing_poller_added_waiting_seconds_bucket{le="0.002"} 9
homing_poller_added_waiting_seconds_bucket{le="0.004"} 9
homing_poller_added_waiting_seconds_bucket{le="+Inf"} 10
homing_poller_added_waiting_seconds_sum 0.02
homing_poller_added_waiting_seconds_count 10
# TYPE other gauge
other{a="b"} 1
other{a="c"} 1
`

func TestTheMetricsOfAnAdapterAreRead(t *testing.T) {
	t.Parallel()
	m, err := polling.ReadMetrics([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if m.Replies != 10 || m.ReadUnits != 5.5 || m.Added.Count != 10 || m.Added.Mean() != 0.002 {
		t.Errorf("got %+v", m)
	}
	for q, want := range map[float64]float64{0: 0.001, 0.4: 0.001, 0.5: 0.002, 0.9: 0.002} {
		if got := m.Added.Quantile(q); got != want {
			t.Errorf("quantile %g: got %g, want %g", q, got, want)
		}
	}
	if got := m.Added.Quantile(0.99); got < 0.004 {
		t.Errorf("what is above all buckets is below %g", got)
	}
}

func TestWhatHasComeSinceIsADifference(t *testing.T) {
	t.Parallel()
	m, err := polling.ReadMetrics([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	before := polling.Metrics{
		Replies: 4, ReadUnits: 2,
		Added: polling.Histogram{Count: 4, Sum: 0.008, Bounds: m.Added.Bounds[:1], Counts: []float64{4}},
	}
	since := m.Since(before)
	if since.Replies != 6 || since.ReadUnits != 3.5 || since.Added.Count != 6 || since.Added.Mean() != 0.002 || since.Added.Quantile(0.5) != 0.002 {
		t.Errorf("got %+v", since)
	}
	if none := m.Since(m); none.Replies != 0 || none.Added.Mean() != 0 || none.Added.Quantile(0.99) != 0 {
		t.Errorf("got %+v", none)
	}
	if m.Added.Counts[0] != 4 {
		t.Errorf("the later reading became %+v", m)
	}
}

func TestMetricsThatAreNotThereAreMissed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text, want string }{
		"none":      {"", "homing_poller_replies_total"},
		"another":   {strings.ReplaceAll(text, "added_waiting", "other"), "no metric homing_poller_added_waiting_seconds"},
		"no metric": {"\x1f\x8b", "read the metrics"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if m, err := polling.ReadMetrics([]byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %+v, %v, want %q", m, err, tt.want)
			}
		})
	}
}

func FuzzReadMetrics(f *testing.F) {
	for _, seed := range []string{"", text, "homing_poller_replies_total 1\n", "# TYPE homing_poller_replies_total histogram\n", "{}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := polling.ReadMetrics(text)
		if err != nil {
			return
		}
		if len(m.Added.Bounds) != len(m.Added.Counts) {
			t.Fatalf("got %+v", m)
		}
		for _, q := range []float64{0, 0.5, 1} {
			_, _ = m.Added.Quantile(q), m.Added.Mean()
		}
	})
}
