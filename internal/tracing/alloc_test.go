package tracing_test

import (
	"context"
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/homing-dev/homing/internal/tracing"
)

func TestWithoutTracesThereAreNoAllocs(t *testing.T) { //nolint:paralleltest // AllocsPerRun counts those of all goroutines
	ctx := context.Background()
	unsampled, _ := sdk.NewTracerProvider(sdk.WithSampler(sdk.NeverSample())).Tracer("").Start(ctx, "")
	for name, tt := range map[string]struct {
		provider trace.TracerProvider
		ctx      context.Context //nolint:containedctx // of one case
	}{
		"none": {nil, ctx}, "no-op": {noop.NewTracerProvider(), ctx}, "below a span that is not sampled": {sdk.NewTracerProvider(), unsampled},
	} {
		tracer := tracing.New(tt.provider)
		got := testing.AllocsPerRun(100, func() {
			if tracer.Wanted(tt.ctx) {
				t.Error("a span is wanted")
			}
			_, span := tracer.Hop(tt.ctx, "POST", "http://a", nil)
			span.Answered(500)
			span.EndWith(context.Canceled)
		})
		if got != 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}
