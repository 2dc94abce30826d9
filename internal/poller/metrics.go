package poller

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/internal/observe"
	"github.com/homing-dev/homing/internal/poller/schedule"
)

// metrics of a poller. Reads and units per reply are quotients of the rates of
// these.
type metrics struct {
	reads                       *prometheus.CounterVec
	units                       prometheus.Counter
	replies                     prometheus.Counter
	added                       prometheus.Histogram
	throttles, failures, panics prometheus.Counter
	all                         []prometheus.Collector
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: "homing_poller_" + name, Help: help})
}

func gauge(name, help string, value func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "homing_poller_" + name, Help: help}, value)
}

func newMetrics(p *Poller) *metrics {
	m := &metrics{
		units:     counter("read_units_total", "Read units that the reads took, as the store bills them."),
		replies:   counter("replies_total", "Replies that were found."),
		throttles: counter("throttles_total", "Reads that the store throttled."),
		failures:  counter("failures_total", "Reads that failed for another reason."),
		panics:    counter("panics_total", "Panics of the poller, after which it began anew, or of the store."),
		reads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "homing_poller_reads_total",
			Help: "Reads of the store: of the mailbox, of one call by its key, and of one call before its deadline.",
		}, []string{"kind"}),
		added: prometheus.NewHistogram(observe.Histogram(
			"homing_poller_added_waiting_seconds", "Time from when a reply was written to when it was delivered.")),
	}
	for _, kind := range []string{"mailbox", "key", "last"} { // so that a rate has a beginning
		m.reads.WithLabelValues(kind)
	}
	m.all = []prometheus.Collector{
		m.reads, m.units, m.replies, m.added, m.throttles, m.failures, m.panics,
		gauge("waiting_calls", "Calls whose replies are waited for.", func() float64 {
			return p.count((*schedule.Scheduler).Waiting)
		}),
		gauge("stragglers", "Calls that are asked for by key alone.", func() float64 {
			return p.count((*schedule.Scheduler).Stragglers)
		}),
	}
	return m
}

func (p *Poller) count(of func(*schedule.Scheduler) int) float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return float64(of(p.sched))
}

func (m *metrics) delivered(d schedule.Delivery) {
	m.replies.Inc()
	m.added.Observe(d.Added.Seconds())
}

// asked counts a read.
func (m *metrics) asked(r schedule.Read) {
	switch {
	case !r.ByKey:
		m.reads.WithLabelValues("mailbox").Inc()
	case r.Consistent:
		m.reads.WithLabelValues("last").Inc()
	default:
		m.reads.WithLabelValues("key").Inc()
	}
}

// Collectors returns the metrics of the poller, to be registered once.
func (p *Poller) Collectors() []prometheus.Collector { return p.metrics.all }
