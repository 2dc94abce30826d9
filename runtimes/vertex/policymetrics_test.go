package vertex_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/vertex"
)

func wantMetrics(t *testing.T, reg prometheus.Gatherer, want string, names ...string) {
	t.Helper()
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), names...); err != nil {
		t.Error(err)
	}
}

func TestMetricsOfALimit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]functions.Concurrency{
		"fixed":    {Max: 1, Wait: time.Second},
		"adaptive": {Max: 1, Wait: time.Second, Adaptive: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				reg := prometheus.NewPedanticRegistry()
				step := under(functions.Policy{Concurrency: c}, sleeps(2*time.Second, nil))
				v, err := vertex.New(chain(step), vertex.WithMetrics(reg))
				if err != nil {
					t.Fatal(err)
				}
				var wg sync.WaitGroup
				for range 3 {
					wg.Go(func() { _, _ = v.Carry(t.Context(), request(), nil) })
				}
				synctest.Wait()
				wantMetrics(t, reg, `
# HELP homing_step_permits Permits of the limit of a step; an adaptive limit moves.
# TYPE homing_step_permits gauge
homing_step_permits{chain="orders",step="only"} 1
# HELP homing_step_permits_in_use Permits of the limit of a step that are in use.
# TYPE homing_step_permits_in_use gauge
homing_step_permits_in_use{chain="orders",step="only"} 1
# HELP homing_step_queued Attempts that wait for a permit of the limit of a step.
# TYPE homing_step_queued gauge
homing_step_queued{chain="orders",step="only"} 2
`, "homing_step_permits", "homing_step_permits_in_use", "homing_step_queued")
				wg.Wait()
				wantMetrics(t, reg, `
# HELP homing_step_attempts_total Attempts of a step that began: what its limit and circuit breaker let through.
# TYPE homing_step_attempts_total counter
homing_step_attempts_total{chain="orders",step="only"} 1
# HELP homing_step_permits_in_use Permits of the limit of a step that are in use.
# TYPE homing_step_permits_in_use gauge
homing_step_permits_in_use{chain="orders",step="only"} 0
# HELP homing_step_queued Attempts that wait for a permit of the limit of a step.
# TYPE homing_step_queued gauge
homing_step_queued{chain="orders",step="only"} 0
# HELP homing_step_refusals_total Attempts of a step that did not begin, because its circuit breaker was open or its limit reached.
# TYPE homing_step_refusals_total counter
homing_step_refusals_total{chain="orders",reason="limit",step="only"} 2
`, "homing_step_attempts_total", "homing_step_permits_in_use", "homing_step_queued", "homing_step_refusals_total")
				if n := count(t, reg, "homing_step_queue_seconds"); n != 3 {
					t.Errorf("%d waits were observed", n)
				}
			})
		})
	}
}

func count(t *testing.T, reg prometheus.Gatherer, name string) uint64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetHistogram().GetSampleCount()
		}
	}
	return 0
}

func TestMetricsOfABreaker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reg := prometheus.NewPedanticRegistry()
		var h health
		c := chain(under(functions.Policy{Breaker: functions.Breaker{Failures: 1}}, h.function))
		var v *vertex.Vertex
		for range 2 { // the second is collected in the place of the first
			var err error
			if v, err = vertex.New(c, vertex.WithMetrics(reg)); err != nil {
				t.Fatal(err)
			}
		}
		want := func(closed, halfOpen, open, refused string) {
			t.Helper()
			wantMetrics(t, reg, `
# HELP homing_step_breaker_state 1 for the state in which the circuit breaker of a step is.
# TYPE homing_step_breaker_state gauge
homing_step_breaker_state{chain="orders",state="closed",step="only"} `+closed+`
homing_step_breaker_state{chain="orders",state="half-open",step="only"} `+halfOpen+`
homing_step_breaker_state{chain="orders",state="open",step="only"} `+open+`
# HELP homing_step_refusals_total Attempts of a step that did not begin, because its circuit breaker was open or its limit reached.
# TYPE homing_step_refusals_total counter
homing_step_refusals_total{chain="orders",reason="breaker",step="only"} `+refused+`
`, "homing_step_breaker_state", "homing_step_refusals_total")
		}
		want("1", "0", "0", "0")
		h.set(errors.New("down"))
		_ = carry(t, v)
		want("0", "0", "1", "0")
		wantStatus(t, carry(t, v), 503)
		want("0", "0", "1", "1")
		time.Sleep(time.Minute)
		h.set(nil)
		if err := carry(t, v); err != nil {
			t.Fatal(err)
		}
		want("1", "0", "0", "1")
	})
}

func TestAStepOfARecordedTraceIsAnExemplar(t *testing.T) {
	t.Parallel()
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	reg := prometheus.NewPedanticRegistry()
	forgets := func(_ context.Context, in event.Event) (*event.Event, error) { // and returns an event without the trace
		in = in.Clone()
		in.SetExtension(functions.AttrTraceParent, nil)
		return &in, nil
	}
	v, err := vertex.New(chain(plain("work", forgets)), vertex.WithMetrics(reg))
	if err != nil {
		t.Fatal(err)
	}
	in := request()
	in.SetExtension(functions.AttrTraceParent, "00-"+trace+"-00f067aa0ba902b7-01")
	if _, err := v.Carry(t.Context(), in, nil); err != nil {
		t.Fatal(err)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "homing_step_duration_seconds" {
			continue
		}
		for _, b := range f.GetMetric()[0].GetHistogram().GetBucket() {
			for _, l := range b.GetExemplar().GetLabel() {
				if l.GetName() == "trace_id" && l.GetValue() == trace {
					return
				}
			}
		}
	}
	t.Error("no exemplar")
}
