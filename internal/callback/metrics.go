package callback

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/internal/observe"
	"github.com/homing-dev/homing/internal/tracing"
)

// Outcomes of an attempt.
const (
	delivered = "delivered"
	refused   = "refused"
	failed    = "failed"
)

type metrics struct {
	attempts *prometheus.CounterVec
	duration prometheus.Histogram
}

// newMetrics registers the metrics, or returns those that another sender of the process
// has registered.
func newMetrics(reg prometheus.Registerer) (m metrics, err error) {
	attempts := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "homing_callbacks_total",
		Help: "Attempts to deliver a reply to the URL of Homing-Callback, by outcome; failed ones are tried again.",
	}, []string{"outcome"})
	duration := prometheus.NewHistogram(observe.Histogram("homing_callback_duration_seconds", "Time that an attempt to deliver a reply took."))
	if m.attempts, err = registered(reg, attempts); err != nil {
		return m, err
	}
	for _, outcome := range []string{delivered, refused, failed} { // so that a rate has a beginning
		m.attempts.WithLabelValues(outcome)
	}
	m.duration, err = registered(reg, duration)
	return m, err
}

func registered[C prometheus.Collector](reg prometheus.Registerer, c C) (C, error) {
	if reg == nil {
		return c, nil
	}
	err := reg.Register(c)
	if there, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); ok {
		if existing, ok := there.ExistingCollector.(C); ok {
			return existing, nil
		}
	}
	return c, err
}

// count counts an attempt by its outcome.
func (m metrics) count(d time.Duration, err error) {
	outcome := failed
	switch {
	case err == nil:
		outcome = delivered
	case errors.Is(err, ErrRefused):
		outcome = refused
	}
	m.attempts.WithLabelValues(outcome).Inc()
	m.duration.Observe(d.Seconds())
}

// trace starts the span of an attempt.
func (s *Sender) trace(ctx context.Context, u *url.URL) (context.Context, tracing.Span) {
	if !s.tracer.Wanted(ctx) {
		return ctx, tracing.Span{}
	}
	attrs := append(tracing.Address(u.Host, u.Scheme), semconv.HTTPRequestMethodPost, semconv.URLFull(Shown(u.String())))
	return s.tracer.Start(ctx, "callback", trace.SpanKindClient, attrs...)
}
