// Package otel records traces by the SDK of OpenTelemetry, and sends them to a
// collector by OTLP.
//
//	runtimes.Main(chains, fns, otel.Traces())
//
// Nothing is recorded unless the environment asks for it by OTEL_TRACES_EXPORTER or
// OTEL_EXPORTER_OTLP_ENDPOINT. What can be set is what OpenTelemetry documents for
// every SDK; docs/guides/traces.md lists what matters here.
package otel

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"github.com/homing-dev/homing/runtimes"
)

// Traces is an option of runtimes.Main: traces are recorded as the variables OTEL_*
// say.
func Traces() runtimes.Traces {
	return runtimes.Traces{Name: "otel.Traces()", Start: start}
}

func start(ctx context.Context, getenv func(string) string, log *slog.Logger) (runtimes.TraceProvider, error) {
	kinds, err := exporters(getenv)
	if err != nil || len(kinds) == 0 {
		return nil, err
	}
	if err := checkSampler(getenv); err != nil {
		return nil, err
	}
	size, err := queueSize(getenv)
	if err != nil {
		return nil, err
	}
	res, err := resourceOf(ctx, getenv)
	if err != nil {
		return nil, err
	}
	p := &Provider{}
	opts := []sdk.TracerProviderOption{sdk.WithResource(res)}
	for _, kind := range kinds {
		to, err := exporter(ctx, kind, getenv)
		if err != nil {
			return nil, err
		}
		q := newQueue(to, kind, size, log)
		p.queues, opts = append(p.queues, q), append(opts, sdk.WithSpanProcessor(q))
	}
	p.TracerProvider = sdk.NewTracerProvider(opts...)
	return p, nil
}

// exporters returns where spans go, by OTEL_TRACES_EXPORTER; nowhere if nothing is set.
func exporters(getenv func(string) string) ([]string, error) {
	list := getenv("OTEL_TRACES_EXPORTER")
	if strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true") {
		return nil, nil
	}
	if list == "" {
		if cmp.Or(getenv("OTEL_EXPORTER_OTLP_ENDPOINT"), getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")) == "" {
			return nil, nil
		}
		list = otlp
	}
	var all []string
	for kind := range strings.SplitSeq(list, ",") {
		switch kind = strings.TrimSpace(kind); kind {
		case "none":
		case otlp, console:
			all = append(all, kind)
		default:
			return nil, fmt.Errorf("OTEL_TRACES_EXPORTER: %q is not otlp, console or none", kind)
		}
	}
	return all, nil
}

const (
	otlp    = "otlp"
	console = "console"
)

// exporter creates what sends spans. It does not connect yet.
func exporter(ctx context.Context, kind string, getenv func(string) string) (sdk.SpanExporter, error) {
	if kind == console {
		return stdouttrace.New(stdouttrace.WithWriter(os.Stderr)) //nolint:wrapcheck // never fails
	}
	switch protocol := cmp.Or(getenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), getenv("OTEL_EXPORTER_OTLP_PROTOCOL"), "http/protobuf"); protocol {
	case "http/protobuf":
		e, err := otlptracehttp.New(ctx)
		if err != nil {
			return nil, fmt.Errorf("make the OTLP exporter: %w", err)
		}
		return e, nil
	case "grpc":
		e, err := otlptracegrpc.New(ctx)
		if err != nil {
			return nil, fmt.Errorf("make the OTLP exporter: %w", err)
		}
		return e, nil
	default:
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL: %q is not http/protobuf or grpc", protocol)
	}
}

// checkSampler finds a sampler that the SDK would replace by its own default, which
// records everything.
func checkSampler(getenv func(string) string) error {
	const name, arg = "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"
	switch sampler := getenv(name); sampler {
	case "", "always_on", "always_off", "parentbased_always_on", "parentbased_always_off":
		return nil
	case "traceidratio", "parentbased_traceidratio":
		text := getenv(arg)
		if ratio, err := strconv.ParseFloat(text, 64); text != "" && (err != nil || !(ratio >= 0 && ratio <= 1)) {
			return fmt.Errorf("%s: %q is not a number from 0 to 1", arg, text)
		}
		return nil
	default:
		return fmt.Errorf("%s: %q is not always_on, always_off, traceidratio, or one of these behind parentbased_", name, sampler)
	}
}
