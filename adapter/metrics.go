package adapter

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics of the adapter.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	handler  http.Handler
}

func newMetrics(reg *prometheus.Registry, a *Adapter) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "homing_requests_total",
			Help: "Calls of a chain that were answered, by HTTP status; 499 means that the client was gone.",
		}, []string{"chain", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "homing_request_duration_seconds",
			Help:    "Time from a call to its answer.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 4, 10), //nolint:mnd // 0.1 ms to 26 s
		}, []string{"chain"}),
		handler: promhttp.HandlerFor(reg, promhttp.HandlerOpts{DisableCompression: true}),
	}
	all := []prometheus.Collector{
		m.requests, m.duration,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "homing_calls_in_flight", Help: "Calls that run now.",
		}, func() float64 { return float64(a.calls.count.Load()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "homing_body_bytes", Help: "Bytes of the bodies that are held now.",
		}, func() float64 { return float64(a.bodies.Held()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "homing_body_budget_bytes", Help: "Bytes of bodies that may be held at once.",
		}, func() float64 { return float64(a.bodies.Size()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "homing_connections_waiting", Help: "Connections that wait for the reply of a call that is not their own goroutine's.",
		}, func() float64 { return float64(a.waiters.size()) }),
	}
	if a.poller != nil {
		all = append(all, a.poller.Collectors()...)
	}
	if s, ok := a.cfg.Store.(interface{ Collectors() []prometheus.Collector }); ok {
		all = append(all, s.Collectors()...)
	}
	for _, c := range all {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// routeMetrics are those of one chain.
type routeMetrics struct {
	duration prometheus.Observer
	requests *prometheus.CounterVec
	codes    sync.Map // status → prometheus.Counter
}

func (m *metrics) route(chain string) *routeMetrics {
	curried := m.requests.MustCurryWith(prometheus.Labels{"chain": chain})
	return &routeMetrics{duration: m.duration.WithLabelValues(chain), requests: curried}
}

// observe counts the answer to x.
func (x *exchange) observe(status int) {
	if x.route == nil {
		return
	}
	x.log.answered(x, status)
	m := x.route.metrics
	counter, ok := m.codes.Load(status)
	if !ok {
		counter, _ = m.codes.LoadOrStore(status, m.requests.WithLabelValues(strconv.Itoa(status)))
	}
	if c, ok := counter.(prometheus.Counter); ok {
		c.Inc()
	}
	m.duration.Observe(time.Since(x.start).Seconds())
}

func (a *Adapter) handleMetrics(w http.ResponseWriter, r *http.Request, _ string) {
	a.metrics.handler.ServeHTTP(w, r)
}
