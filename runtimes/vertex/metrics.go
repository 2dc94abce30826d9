package vertex

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/observe"
)

// metrics of all steps in a process. A nil *metrics keeps none.
type metrics struct {
	duration, queue                       *prometheus.HistogramVec
	attempts, failures, retries, refusals *prometheus.CounterVec
	running, queued                       *prometheus.GaugeVec
	states                                *states
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	if reg == nil {
		return nil, nil //nolint:nilnil // nil keeps none
	}
	var errs []error
	counter := func(name, help string, more ...string) *prometheus.CounterVec {
		c, err := shared(reg, prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, append(stepLabels(), more...)))
		errs = append(errs, err)
		return c
	}
	gauge := func(name, help string) *prometheus.GaugeVec {
		g, err := shared(reg, prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, stepLabels()))
		errs = append(errs, err)
		return g
	}
	seconds := func(name, help string) *prometheus.HistogramVec {
		h, err := shared(reg, prometheus.NewHistogramVec(observe.Histogram(name, help), stepLabels()))
		errs = append(errs, err)
		return h
	}
	m := &metrics{
		duration: seconds("homing_step_duration_seconds", "Time that a step took, with its retries and its wait for a permit."),
		queue:    seconds("homing_step_queue_seconds", "Time that a step with a limit waited for a permit, whether it got one or not."),
		attempts: counter("homing_step_attempts_total", "Attempts of a step that began: what its limit and circuit breaker let through."),
		failures: counter("homing_step_failures_total", "Steps that ended with an error, after their retries."),
		retries:  counter("homing_step_retries_total", "Attempts of a step after its first."),
		refusals: counter("homing_step_refusals_total",
			"Attempts of a step that did not begin, because its circuit breaker was open or its limit reached.", "reason"),
		running: gauge("homing_step_permits_in_use", "Permits of the limit of a step that are in use."),
		queued:  gauge("homing_step_queued", "Attempts that wait for a permit of the limit of a step."),
	}
	var err error
	m.states, err = shared(reg, newStates())
	return m, errors.Join(append(errs, err)...)
}

func stepLabels() []string { return []string{"chain", "step"} }

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
	duration, queue             *observe.Seconds // queue: nil without a limit
	attempts, failures, retries prometheus.Counter
	byBreaker, byLimit          prometheus.Counter // refusals; nil without one
	running, queued             prometheus.Gauge   // nil without a limit
}

// step returns the metrics of st. Those of a policy are there if it has it.
func (m *metrics) step(st *step) *stepMetrics {
	if m == nil {
		return nil
	}
	out := &stepMetrics{
		duration: observe.NewSeconds(m.duration.WithLabelValues(st.chain, st.name)),
		attempts: m.attempts.WithLabelValues(st.chain, st.name),
		failures: m.failures.WithLabelValues(st.chain, st.name),
		retries:  m.retries.WithLabelValues(st.chain, st.name),
	}
	if st.limit != nil {
		out.queue = observe.NewSeconds(m.queue.WithLabelValues(st.chain, st.name))
		out.running, out.queued = m.running.WithLabelValues(st.chain, st.name), m.queued.WithLabelValues(st.chain, st.name)
		out.byLimit = m.refusals.WithLabelValues(st.chain, st.name, "limit")
	}
	if st.breaker != nil {
		out.byBreaker = m.refusals.WithLabelValues(st.chain, st.name, "breaker")
	}
	m.states.add(st)
	return out
}

// stopwatch times a step under way.
type stopwatch struct {
	metrics     *stepMetrics
	since       time.Time
	traceparent string
}

func (m *stepMetrics) start(ev *event.Event) stopwatch {
	if m == nil {
		return stopwatch{} // without the cost of a clock
	}
	parent, _ := contextV1(ev.Context).Extensions[functions.AttrTraceParent].(string)
	return stopwatch{metrics: m, since: time.Now(), traceparent: parent}
}

func (w stopwatch) stop(failed bool) {
	if w.metrics == nil {
		return
	}
	w.metrics.duration.Observe(time.Since(w.since), w.traceparent)
	if failed {
		w.metrics.failures.Inc()
	}
}

// attempted counts an attempt that begins.
func (m *stepMetrics) attempted() {
	if m != nil {
		m.attempts.Inc()
	}
}

func (m *stepMetrics) retried() {
	if m != nil {
		m.retries.Inc()
	}
}

// refused counts an attempt that does not begin for want of what c counts.
func (m *stepMetrics) refused(c func(*stepMetrics) prometheus.Counter) {
	if m != nil {
		c(m).Inc()
	}
}

func byBreaker(m *stepMetrics) prometheus.Counter { return m.byBreaker }

func byLimit(m *stepMetrics) prometheus.Counter { return m.byLimit }

// acquire waits for a permit of a limit, and returns what releases it.
func (m *stepMetrics) acquire(ctx context.Context, l *limit) (release func(), err error) {
	if m == nil {
		return l.acquire(ctx)
	}
	m.queued.Inc()
	since := time.Now()
	permit, err := l.acquire(ctx)
	m.queued.Dec()
	m.queue.Observe(time.Since(since), "")
	if err != nil {
		return nil, err
	}
	m.running.Inc()
	return func() {
		m.running.Dec()
		permit()
	}, nil
}

// states collects what the limits and circuit breakers of all steps are when they
// are asked for.
type states struct {
	limit, breaker *prometheus.Desc

	mu    sync.Mutex
	steps map[[2]string]*step
}

func newStates() *states {
	return &states{
		limit: prometheus.NewDesc("homing_step_permits", "Permits of the limit of a step; an adaptive limit moves.", stepLabels(), nil),
		breaker: prometheus.NewDesc(
			"homing_step_breaker_state", "1 for the state in which the circuit breaker of a step is.", append(stepLabels(), "state"), nil),
		steps: map[[2]string]*step{},
	}
}

// add has st collected, in the place of one of the same name.
func (s *states) add(st *step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps[[2]string{st.chain, st.name}] = st
}

// Describe implements [prometheus.Collector].
func (s *states) Describe(to chan<- *prometheus.Desc) { to <- s.limit; to <- s.breaker }

// Collect implements [prometheus.Collector].
func (s *states) Collect(to chan<- prometheus.Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.steps {
		if st.limit != nil {
			to <- prometheus.MustNewConstMetric(s.limit, prometheus.GaugeValue, float64(st.limit.current()), st.chain, st.name)
		}
		if st.breaker == nil {
			continue
		}
		now := st.breaker.circuit.State().String()
		for _, state := range []string{"closed", "half-open", "open"} {
			value := 0.0
			if state == now {
				value = 1
			}
			to <- prometheus.MustNewConstMetric(s.breaker, prometheus.GaugeValue, value, st.chain, st.name, state)
		}
	}
}
