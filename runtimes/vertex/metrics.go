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
	m := &metrics{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "homing_step_duration_seconds",
			Help:    "Time that a step took, with its retries and its wait for a turn.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 4, 10), //nolint:mnd // 0.1 ms to 26 s
		}, labels),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "homing_step_failures_total",
			Help: "Steps that ended with an error, after their retries.",
		}, labels),
		retries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "homing_step_retries_total",
			Help: "Attempts of a step after its first.",
		}, labels),
	}
	var err error
	m.duration, err = shared(reg, m.duration)
	if err != nil {
		return nil, err
	}
	m.failures, err = shared(reg, m.failures)
	if err != nil {
		return nil, err
	}
	m.retries, err = shared(reg, m.retries)
	return m, err
}

// shared registers c, or gives the one that another chain's vertex registered.
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

// running is a step under way.
type running struct {
	metrics *stepMetrics
	since   time.Time
}

func (m *stepMetrics) start() running {
	if m == nil {
		return running{} // without the cost of a clock
	}
	return running{metrics: m, since: time.Now()}
}

func (r running) end(failed bool) {
	if r.metrics == nil {
		return
	}
	r.metrics.duration.Observe(time.Since(r.since).Seconds())
	if failed {
		r.metrics.failures.Inc()
	}
}

func (m *stepMetrics) retried() {
	if m != nil {
		m.retries.Inc()
	}
}
