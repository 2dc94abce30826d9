package otel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// Provider is a tracer provider that counts what becomes of its spans. It is safe for
// concurrent use.
type Provider struct {
	*sdk.TracerProvider

	queues []*queue
}

// ForceFlush sends what was recorded, until ctx ends.
func (p *Provider) ForceFlush(ctx context.Context) error {
	var errs []error
	for _, q := range p.queues {
		errs = append(errs, q.ForceFlush(ctx))
	}
	return errors.Join(errs...)
}

// Describe implements [prometheus.Collector].
func (p *Provider) Describe(to chan<- *prometheus.Desc) { prometheus.DescribeByCollect(p, to) }

// Collect implements [prometheus.Collector].
func (p *Provider) Collect(to chan<- prometheus.Metric) {
	desc := prometheus.NewDesc("homing_trace_spans_total",
		"Spans that were sent, that the collector did not take, or that were dropped as too many waited.", []string{"exporter", "result"}, nil)
	for _, q := range p.queues {
		for result, n := range map[string]*atomic.Int64{"sent": &q.sent, "failed": &q.failed, "dropped": &q.dropped} {
			to <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n.Load()), q.kind, result)
		}
	}
}

// queue is the batch processor of the SDK with a bound of its own, so that what is
// dropped is counted. Who ends a span never waits for it.
type queue struct {
	sdk.SpanProcessor

	to    sdk.SpanExporter
	kind  string
	size  int64
	log   *slog.Logger
	quiet atomic.Int64 // until when, in Unix time, the log says nothing of failures

	waiting, sent, failed, dropped atomic.Int64
}

func newQueue(to sdk.SpanExporter, kind string, size int, log *slog.Logger) *queue {
	q := &queue{to: to, kind: kind, size: int64(size), log: log}
	q.SpanProcessor = sdk.NewBatchSpanProcessor(counting{q}, sdk.WithMaxQueueSize(size), sdk.WithMaxExportBatchSize(min(size, batchSize)))
	return q
}

// batchSize is how many spans are sent at once, as the SDK's default.
const batchSize = sdk.DefaultMaxExportBatchSize

// queueSize is how many spans may wait.
func queueSize(getenv func(string) string) (int, error) {
	text := getenv("OTEL_BSP_MAX_QUEUE_SIZE")
	if text == "" {
		return sdk.DefaultMaxQueueSize, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("OTEL_BSP_MAX_QUEUE_SIZE: %q is not a number from 1 on", text)
	}
	return n, nil
}

// OnEnd implements [sdk.SpanProcessor].
func (q *queue) OnEnd(s sdk.ReadOnlySpan) {
	if !s.SpanContext().IsSampled() {
		return
	}
	if q.waiting.Add(1) > q.size {
		q.waiting.Add(-1)
		q.dropped.Add(1)
		return
	}
	q.SpanProcessor.OnEnd(s)
}

// ForceFlush implements [sdk.SpanProcessor].
func (q *queue) ForceFlush(ctx context.Context) error {
	if q.waiting.Load() == 0 {
		return nil
	}
	return q.SpanProcessor.ForceFlush(ctx) //nolint:wrapcheck // the end of ctx
}

// counting counts what becomes of the spans of a queue.
type counting struct{ *queue }

// ExportSpans implements [sdk.SpanExporter]. Its failures are in the log, once a
// minute.
func (c counting) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := c.to.ExportSpans(ctx, spans)
	c.waiting.Add(-int64(len(spans)))
	if err == nil {
		c.sent.Add(int64(len(spans)))
		return nil
	}
	c.failed.Add(int64(len(spans)))
	now, quiet := time.Now(), c.quiet.Load()
	if now.Unix() >= quiet && c.quiet.CompareAndSwap(quiet, now.Add(time.Minute).Unix()) {
		c.log.WarnContext(ctx, "spans were not sent", slog.String("exporter", c.kind), slog.Int64("failed", c.failed.Load()),
			slog.Int64("dropped", c.dropped.Load()), slog.Any("error", err))
	}
	return nil
}

// Shutdown implements [sdk.SpanExporter].
func (c counting) Shutdown(ctx context.Context) error { return c.to.Shutdown(ctx) } //nolint:wrapcheck // of the exporter
