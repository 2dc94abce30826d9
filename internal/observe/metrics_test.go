package observe_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/internal/observe"
)

func TestBucketsTellTimesApartThatMatter(t *testing.T) {
	t.Parallel()
	bounds := observe.Buckets()
	if !slices.IsSorted(bounds) {
		t.Fatal("not sorted")
	}
	bucket := func(d time.Duration) int { i, _ := slices.BinarySearch(bounds, d.Seconds()); return i }
	for _, pair := range [][2]time.Duration{
		{time.Millisecond, 2 * time.Millisecond},
		{1100 * time.Microsecond, 2100 * time.Microsecond},
		{10 * time.Second, 20 * time.Second},
		{20 * time.Second, 28 * time.Second}, // where func and API Gateway end a wait
		{28 * time.Second, 31 * time.Second},
		{290 * time.Second, 310 * time.Second}, // Knative's limit
		{14 * time.Minute, 16 * time.Minute},   // Lambda's
	} {
		if bucket(pair[0]) == bucket(pair[1]) {
			t.Errorf("%s and %s are in one bucket", pair[0], pair[1])
		}
	}
	for i, bound := range bounds[1:] {
		if before := bounds[i]; bound >= 0.001 && bound <= 60 && bound > 2*before {
			t.Errorf("from %g to %g is more than a factor of two", before, bound)
		}
	}
}

func scrape(t *testing.T, reg *prometheus.Registry, accept string) (contentType, body string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	observe.Handler(reg).ServeHTTP(w, r)
	return w.Header().Get("Content-Type"), w.Body.String()
}

func TestAScraperGetsWhatItAsksFor(t *testing.T) {
	t.Parallel()
	reg := observe.NewRegistry()
	h := prometheus.NewHistogram(observe.Histogram("homing_test_seconds", "x"))
	reg.MustRegister(h)
	observe.NewSeconds(h).Observe(1500*time.Microsecond, traceparent)
	const exemplar = `# {trace_id="4bf92f3577b34da6a3ce929d0e0e4736"} 0.0015`
	for accept, want := range map[string]struct {
		contentType string
		has         []string
		hasNot      string
	}{
		"": {"text/plain", []string{`homing_test_seconds_bucket{le="0.002"} 1`, "homing_build_info{", "go_goroutines ", "process_cpu_seconds_total "}, exemplar},
		"application/openmetrics-text;version=1.0.0": {"application/openmetrics-text", []string{exemplar, "# EOF"}, "\x12"},
		"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited": {
			"application/vnd.google.protobuf", []string{"homing_test_seconds", "4bf92f3577b34da6a3ce929d0e0e4736"}, "# HELP",
		},
	} {
		contentType, body := scrape(t, reg, accept)
		if !strings.HasPrefix(contentType, want.contentType) {
			t.Errorf("%s: got %s", accept, contentType)
		}
		for _, text := range want.has {
			if !strings.Contains(body, text) {
				t.Errorf("%s: no %q", accept, text)
			}
		}
		if strings.Contains(body, want.hasNot) {
			t.Errorf("%s: there is %q", accept, want.hasNot)
		}
	}
}

func TestExemplarsAreOfRecordedTracesAndFew(t *testing.T) {
	t.Parallel()
	unsampled := strings.TrimSuffix(traceparent, "01") + "00"
	for name, tc := range map[string]struct {
		traceparent string
		want        int
	}{
		"recorded": {traceparent, 1}, "not recorded": {unsampled, 0}, "none": {"", 0}, "no traceparent": {"<script>", 0},
	} {
		h := &counting{}
		s := observe.NewSeconds(h)
		for range 1000 {
			s.Observe(time.Second, tc.traceparent)
		}
		if h.plain+h.exemplars != 1000 || h.exemplars < tc.want || h.exemplars > 10*tc.want { // of one bucket, in some seconds at most
			t.Errorf("%s: %d exemplars of %d", name, h.exemplars, h.plain+h.exemplars)
		}
	}
}

type counting struct{ plain, exemplars int }

func (c *counting) Observe(float64) { c.plain++ }

func (c *counting) ObserveWithExemplar(float64, prometheus.Labels) { c.exemplars++ }

func TestTraceIDIsThatOfAValidTraceparent(t *testing.T) {
	t.Parallel()
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	for text, want := range map[string]struct {
		id      string
		sampled bool
	}{
		traceparent:                                              {id, true},
		"00-" + id + "-00f067aa0ba902b7-00":                      {id, false},
		"00-" + id + "-00f067aa0ba902b7-03":                      {id, true},
		"cc-" + id + "-00f067aa0ba902b7-01-more":                 {id, true},
		"00-" + id + "-00f067aa0ba902b7-01-more":                 {},
		"ff-" + id + "-00f067aa0ba902b7-01":                      {},
		"00-" + id + "-0000000000000000-01":                      {},
		"00-" + id[:31] + "-00f067aa0ba902b7-01":                 {},
		"00-" + id[:31] + "G-00f067aa0ba902b7-01":                {},
		"00-" + id + "-00f067aa0ba902b7-0x":                      {},
		"00-" + id + "_00f067aa0ba902b7-01":                      {},
		"00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-01": {},
		"": {},
	} {
		if got, sampled := observe.TraceID(text); got != want.id || sampled != want.sampled {
			t.Errorf("%s: got %q, %v", text, got, sampled)
		}
	}
}
