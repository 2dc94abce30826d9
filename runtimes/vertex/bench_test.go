package vertex_test

import (
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/vertex"
)

func three(f functions.Function, p functions.Policy) functions.Chain {
	var steps []functions.Step
	for _, name := range []string{"a", "b", "c"} {
		steps = append(steps, functions.Step{Name: name, Function: f, Policy: p})
	}
	return chain(steps...)
}

func BenchmarkThreeSteps(b *testing.B) {
	benchmarks := map[string]functions.Chain{
		"identity": three(identity, functions.Policy{}),
		"fresh":    three(returns(func() *event.Event { return &event.Event{} }), functions.Policy{}),
		"retry":    three(identity, functions.Policy{Retry: functions.Retry{Attempts: 3}}),
		"limit":    three(identity, functions.Policy{Concurrency: functions.Concurrency{Max: 4}}),
		"breaker":  three(identity, functions.Policy{Breaker: functions.Breaker{Failures: 3}}),
		"timeout":  three(identity, functions.Policy{Timeout: time.Second}),
	}
	for name, c := range benchmarks {
		b.Run(name, func(b *testing.B) { carryOften(b, c) })
	}
	b.Run("identity with metrics", func(b *testing.B) {
		carryOften(b, benchmarks["identity"], vertex.WithMetrics(prometheus.NewRegistry()))
	})
}

func carryOften(b *testing.B, c functions.Chain, opts ...vertex.Option) {
	b.Helper()
	v, err := vertex.New(c, opts...)
	if err != nil {
		b.Fatal(err)
	}
	in := request()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Carry(b.Context(), in, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// Each identity step has an event to point at, and so has the caller of Carry.
// A fresh event costs its attributes, their map and its time as well.
func TestAllocationsOfThePlainPath(t *testing.T) { //nolint:paralleltest // counts all allocations of the process
	tests := map[string]struct {
		chain functions.Chain
		most  float64
	}{
		"identity": {three(identity, functions.Policy{}), 4},
		"filter":   {three(fails(nil), functions.Policy{}), 1},
	}
	for name, tt := range tests { //nolint:paralleltest // as above
		v, err := vertex.New(tt.chain, vertex.WithTraces(noop.NewTracerProvider()))
		if err != nil {
			t.Fatal(err)
		}
		in, ctx := request(), t.Context()
		if got := testing.AllocsPerRun(100, func() { _, _ = v.Carry(ctx, in, nil) }); got > tt.most {
			t.Errorf("%s: %g allocations, want at most %g", name, got, tt.most)
		}
	}
}
