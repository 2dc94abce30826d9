package vertex_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/vertex"
)

func TestMetricsOfTwoChainsInOneRegistry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reg := prometheus.NewPedanticRegistry()
		a := attempts{errs: []error{errors.New("no"), errors.New("no"), nil}}
		first := chain(retrying(functions.Retry{Attempts: 3}, a.function), plain("slow", sleeps(time.Second, nil)))
		second := chain(plain("only", fails(functions.Errorf(404, "no"))), plain("never", identity))
		second.Name = "returns"
		for _, c := range []functions.Chain{first, second} {
			v, err := vertex.New(c, vertex.WithMetrics(reg))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = v.Carry(t.Context(), request(), nil)
			_, _ = v.Carry(t.Context(), request(), nil)
		}
		err := testutil.GatherAndCompare(reg, strings.NewReader(`
# HELP homing_step_failures_total Steps that ended with an error, after their retries.
# TYPE homing_step_failures_total counter
homing_step_failures_total{chain="orders",step="only"} 0
homing_step_failures_total{chain="orders",step="slow"} 0
homing_step_failures_total{chain="returns",step="never"} 0
homing_step_failures_total{chain="returns",step="only"} 2
# HELP homing_step_retries_total Attempts of a step after its first.
# TYPE homing_step_retries_total counter
homing_step_retries_total{chain="orders",step="only"} 2
homing_step_retries_total{chain="orders",step="slow"} 0
homing_step_retries_total{chain="returns",step="never"} 0
homing_step_retries_total{chain="returns",step="only"} 0
`), "homing_step_failures_total", "homing_step_retries_total")
		if err != nil {
			t.Error(err)
		}
		wantDuration(t, reg, "slow", 2, 2)
		wantDuration(t, reg, "never", 0, 0)
	})
}

func wantDuration(t *testing.T, reg prometheus.Gatherer, step string, count uint64, seconds float64) {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "homing_step_duration_seconds" && m.GetLabel()[1].GetValue() == step {
				h := m.GetHistogram()
				if h.GetSampleCount() != count || h.GetSampleSum() != seconds {
					t.Errorf("%s: got %d of %g s, want %d of %g s", step, h.GetSampleCount(), h.GetSampleSum(), count, seconds)
				}
				return
			}
		}
	}
	t.Errorf("no duration of %s", step)
}

func TestMetricsOfARegistererWithLabels(t *testing.T) {
	t.Parallel()
	reg := prometheus.WrapRegistererWith(prometheus.Labels{"role": "vertex"}, prometheus.NewRegistry())
	for range 2 {
		if _, err := vertex.New(chain(plain("only", identity)), vertex.WithMetrics(reg)); err != nil {
			t.Error(err)
		}
	}
}

func TestNewReportsThatAMetricIsTaken(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"homing_step_duration_seconds", "homing_step_failures_total", "homing_step_retries_total"} {
		reg := prometheus.NewRegistry()
		reg.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: "another's"}))
		_, err := vertex.New(chain(plain("only", identity)), vertex.WithMetrics(reg))
		if err == nil || !strings.Contains(err.Error(), "orders") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestNoMetricsByDefault(t *testing.T) {
	t.Parallel()
	v, err := vertex.New(chain(plain("only", identity)), vertex.WithMetrics(nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Carry(t.Context(), request(), nil); err != nil {
		t.Error(err)
	}
}
