package adapter_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes"
)

// nowhere takes spans as an exporter's queue does, and sends none.
type nowhere struct{}

func (nowhere) ExportSpans(context.Context, []sdk.ReadOnlySpan) error { return nil }
func (nowhere) Shutdown(context.Context) error                        { return nil }

// plainCall returns a call of three identity steps, without a server and a socket.
func plainCall(tb testing.TB, traces trace.TracerProvider) func() {
	tb.Helper()
	c := chain("echo", echo)
	c.Steps = []functions.Step{{Name: "a", Function: echo}, {Name: "b", Function: echo}, {Name: "c", Function: echo}}
	a, err := runtimes.Inline([]functions.Chain{c}, adapter.Config{
		Store: memory.New(memory.Options{}), Logger: slog.New(slog.DiscardHandler), Traces: traces,
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(a.Close)
	data := bytes.Repeat([]byte("x"), 1000)
	body := bytes.NewReader(data)
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/echo", http.NoBody)
	r.ContentLength = int64(len(data))
	w := &sink{header: http.Header{}}
	return func() {
		body.Reset(data)
		r.Body = io.NopCloser(body)
		clear(w.header)
		a.ServeHTTP(w, r)
		if w.status != http.StatusOK {
			tb.Fatal(w.status)
		}
	}
}

// providers are what a call may be recorded by.
func providers() map[string]trace.TracerProvider {
	sampled := func(part float64) trace.TracerProvider {
		return sdk.NewTracerProvider(sdk.WithBatcher(nowhere{}), sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(part))))
	}
	return map[string]trace.TracerProvider{"none": nil, "no-op": noop.NewTracerProvider(), "1 percent": sampled(0.01), "all": sampled(1)}
}

// BenchmarkTracedCall is BenchmarkPlainCall with traces.
func BenchmarkTracedCall(b *testing.B) {
	for _, name := range []string{"none", "no-op", "1 percent", "all"} {
		b.Run(name, func(b *testing.B) {
			call := plainCall(b, providers()[name])
			b.ReportAllocs()
			for b.Loop() {
				call()
			}
		})
	}
}
