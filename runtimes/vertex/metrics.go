package vertex

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics of all steps in a process. A nil *metrics keeps none.
type metrics struct {
	duration *prometheus.HistogramVec
	failures *prometheus.CounterVec
	retries  *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	if reg == nil {
		return nil, nil //nolint:nilnil // nil keeps none
	}
	labels := []string{"chain", "step"}
	duration, err1 := shared(reg, prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "homing_step_duration_seconds",
		Help:    "Time that a step took, with its retries and its wait for a permit.",
		Buckets: prometheus.ExponentialBuckets(0.0001, 4, 10), //nolint:mnd // 0.1 ms to 26 s
	}, labels))
	failures, err2 := shared(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "homing_step_failures_total",
		Help: "Steps that ended with an error, after their retries.",
	}, labels))
	retries, err3 := shared(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "homing_step_retries_total",
		Help: "Attempts of a step after its first.",
	}, labels))
	return &metrics{duration, failures, retries}, errors.Join(err1, err2, err3)
}

// shared registers c, or returns the one that another chain's vertex registered.
func shared[C prometheus.Collector](reg prometheus.Registerer, c C) (C, error) {
	err := reg.Register(c)
	if there, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); ok {
		if old, ok := there.ExistingCollector.(C); ok {
			return old, nil
		}
	}
	return c, err
}

// stepMetrics are those of one step. A nil *stepMetrics keeps none.
type stepMetrics struct {
	duration          prometheus.Observer
	failures, retries prometheus.Counter
}

func (m *metrics) step(chain, name string) *stepMetrics {
	if m == nil {
		return nil
	}
	return &stepMetrics{
		duration: m.duration.WithLabelValues(chain, name),
		failures: m.failures.WithLabelValues(chain, name),
		retries:  m.retries.WithLabelValues(chain, name),
	}
}

// stopwatch times a step under way.
type stopwatch struct {
	metrics *stepMetrics
	since   time.Time
}

func (m *stepMetrics) start() stopwatch {
	if m == nil {
		return stopwatch{} // without the cost of a clock
	}
	return stopwatch{metrics: m, since: time.Now()}
}

func (w stopwatch) stop(failed bool) {
	if w.metrics == nil {
		return
	}
	w.metrics.duration.Observe(time.Since(w.since).Seconds())
	if failed {
		w.metrics.failures.Inc()
	}
}

func (m *stepMetrics) retried() {
	if m != nil {
		m.retries.Inc()
	}
}
