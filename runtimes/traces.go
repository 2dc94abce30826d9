package runtimes

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Traces is an [Option] that records what becomes of each call and sends it to a
// collector: otel.Traces().
type Traces struct {
	// Name is how the option is written.
	Name string
	// Start returns what records and sends the spans, or nil if the environment asks
	// for none. getenv returns a variable of it, "" without it.
	Start func(ctx context.Context, getenv func(string) string, log *slog.Logger) (TraceProvider, error)
}

// Option implements [Option].
func (t Traces) Option() string { return t.Name }

// TraceProvider records spans and sends them.
type TraceProvider interface {
	trace.TracerProvider

	// ForceFlush sends what was recorded, until ctx ends.
	ForceFlush(ctx context.Context) error
	// Shutdown is ForceFlush, and ends it.
	Shutdown(ctx context.Context) error
}

// linkTraces is what to do if traces are asked for that no option records.
const linkTraces = "link it with the option otel.Traces() of github.com/homing-dev/homing/runtimes/otel"

// StartTraces starts the option among options that records traces; it returns nil if
// there is none, or if the environment asks for no traces.
//
// If an environment asks for them and nothing is linked that records them, the log
// says so, and the app serves: these variables are often set for a whole cluster, by
// who does not know what each program links.
func StartTraces(ctx context.Context, getenv func(string) string, log *slog.Logger, options ...Option) (TraceProvider, error) {
	for _, o := range options {
		t, ok := o.(Traces)
		if !ok {
			continue
		}
		p, err := t.Start(ctx, getenv, log)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.Name, err)
		}
		return p, nil
	}
	if asked := asksForTraces(getenv); asked != "" {
		log.WarnContext(ctx, "no traces are recorded, although "+asked+" is set: "+linkTraces+", or set OTEL_SDK_DISABLED=true")
	}
	return nil, nil //nolint:nilnil // none
}

// asksForTraces returns the variable by which an environment asks for traces, or "".
func asksForTraces(getenv func(string) string) string {
	exporter := getenv("OTEL_TRACES_EXPORTER")
	if strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true") || exporter == "none" {
		return ""
	}
	for _, name := range []string{"OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} {
		if getenv(name) != "" {
			return name
		}
	}
	return ""
}

// lastSpans is for how long the end of a process waits for its last spans to be sent.
const lastSpans = 3 * time.Second

// stopTraces returns what ends p.
func stopTraces(ctx context.Context, p TraceProvider, log *slog.Logger) func() {
	if p == nil {
		return func() {}
	}
	ctx = context.WithoutCancel(ctx)
	return func() {
		ctx, cancel := context.WithTimeout(ctx, lastSpans)
		defer cancel()
		if err := p.Shutdown(ctx); err != nil {
			log.WarnContext(ctx, "the last spans were not sent", "error", err)
		}
	}
}
