package adapter

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/httpbody"
	"github.com/homing-dev/homing/internal/observe"
)

// metrics of the adapter.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	refusals *prometheus.CounterVec
	handler  http.Handler
}

func newMetrics(reg *prometheus.Registry, a *Adapter) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "homing_requests_total",
			Help: "Calls of a chain that were answered, by HTTP status; 499 means that the client was gone.",
		}, []string{"chain", "code"}),
		duration: prometheus.NewHistogramVec(observe.Histogram(
			"homing_request_duration_seconds", "Time from a call to its answer, unless that is 202."), []string{"chain"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "homing_refusals_total",
			Help: "Calls that were refused, or whose reply nobody could keep, by reason.",
		}, []string{"reason"}),
		handler: observe.Handler(reg),
	}
	for _, r := range refusals() { // so that a rate has a beginning
		m.refusals.WithLabelValues(r)
	}
	all := []prometheus.Collector{
		m.requests, m.duration, m.refusals, a.bodies,
		gauge("homing_calls_in_flight", "Calls that run now.", a.calls.count.Load),
		gauge("homing_calls_in_flight_limit", "Calls that may run at once.", func() int64 { return a.calls.limit }),
		gauge("homing_connections_waiting", "Connections that wait for the reply of a call that is not their own goroutine's.", a.waiters.size),
	}
	all = append(all, a.calls.admission.collectors()...)
	all = append(all, a.shared.collectors()...)
	all = append(all, a.store.collectors()...)
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

func gauge[N int | int64](name, help string, value func() N) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
}

// Reasons of refusals.
const (
	refusedToken     = "token"      // none, or none of ours
	refusedTenant    = "tenant"     // may not call this chain
	refusedPage      = "page"       // of another origin
	refusedCalls     = "calls"      // as many run as may
	refusedShed      = "overload"   // others come first
	refusedQuota     = "quota"      // that of its tenant or chain is used up
	refusedDraining  = "draining"   // the process ends
	refusedMemory    = "memory"     // no room for its body
	refusedTooLarge  = "too-large"  // its body
	refusedSlow      = "slow"       // its body did not come in time
	refusedInvalid   = "invalid"    // what it asks for, or its event
	refusedStoreFull = "store-full" // no room for its reply
	refusedStoreDown = "store-down" // nobody could keep its reply
)

func refusals() []string {
	return []string{
		refusedToken, refusedTenant, refusedPage, refusedCalls, refusedShed, refusedQuota, refusedDraining, refusedMemory, refusedTooLarge,
		refusedSlow, refusedInvalid,
		refusedStoreFull, refusedStoreDown,
	}
}

func (m *metrics) refused(reason string) { m.refusals.WithLabelValues(reason).Inc() }

// refusedFor counts a call that has not run, by the error that it is answered with.
// What the store does not promise to keep, refusedByStore counts.
func (m *metrics) refusedFor(err error) {
	if byStore(err) == "" {
		m.refused(refusal(err))
	}
}

func refusal(err error) string {
	own, _ := errors.AsType[*functions.Error](err)
	switch {
	case errors.Is(err, errDraining):
		return refusedDraining
	case errors.Is(err, httpbody.ErrBusy):
		return refusedMemory
	case errors.Is(err, errShed):
		return refusedShed
	case errors.Is(err, errQuota):
		return refusedQuota
	case own != nil && own.StatusCode() == http.StatusForbidden:
		return refusedTenant
	case own != nil && own.StatusCode() == http.StatusRequestEntityTooLarge:
		return refusedTooLarge
	case own != nil && own.StatusCode() == http.StatusRequestTimeout:
		return refusedSlow
	default:
		return refusedInvalid
	}
}

// refusedByStore counts a call that was refused since nobody could keep its reply,
// if err says that.
func (m *metrics) refusedByStore(err error) {
	if reason := byStore(err); reason != "" {
		m.refused(reason)
	}
}

func byStore(err error) string {
	if _, down := errors.AsType[storeDownError](err); down {
		return refusedStoreDown
	}
	if errors.Is(err, reply.ErrFull) {
		return refusedStoreFull
	}
	return ""
}

// routeMetrics are those of one chain.
type routeMetrics struct {
	duration *observe.Seconds
	requests *prometheus.CounterVec
	codes    sync.Map // status → prometheus.Counter
}

func (m *metrics) route(chain string) *routeMetrics {
	curried := m.requests.MustCurryWith(prometheus.Labels{"chain": chain})
	return &routeMetrics{duration: observe.NewSeconds(m.duration.WithLabelValues(chain)), requests: curried}
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
	if status != http.StatusAccepted {
		m.duration.Observe(time.Since(x.start), x.trace.parent)
	}
}

func (a *Adapter) handleMetrics(w http.ResponseWriter, r *http.Request, _ string) {
	a.metrics.handler.ServeHTTP(w, r)
}

// storeMetrics are of the calls of the reply store, by what they do.
type storeMetrics struct {
	duration *prometheus.HistogramVec
	failures *prometheus.CounterVec
}

func newStoreMetrics() storeMetrics {
	m := storeMetrics{
		duration: prometheus.NewHistogramVec(observe.Histogram(
			"homing_reply_store_duration_seconds", "Time that a call of the reply store took, or was waited for."), []string{"operation"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "homing_reply_store_failures_total",
			Help: "Calls of the reply store that failed or were not answered in time; what it refuses by its rules is no failure.",
		}, []string{"operation"}),
	}
	for _, operation := range []string{"register", "complete", "lookup", "cancel", "claim", "release"} {
		m.duration.WithLabelValues(operation)
		m.failures.WithLabelValues(operation)
	}
	return m
}

func (s *boundedStore) collectors() []prometheus.Collector {
	return []prometheus.Collector{s.metrics.duration, s.metrics.failures}
}

// called counts a call that began at since.
func (m storeMetrics) called(ctx context.Context, operation string, since time.Time, err error) {
	m.duration.WithLabelValues(operation).Observe(time.Since(since).Seconds())
	if err != nil && ctx.Err() == nil && !errors.Is(err, errDraining) && !byRule(err) {
		m.failures.WithLabelValues(operation).Inc()
	}
}

// byRule reports whether an error is an answer of a store that works.
func byRule(err error) bool {
	for _, rule := range []error{
		reply.ErrUnknown, reply.ErrExpired, reply.ErrCompleted, reply.ErrCancelled, reply.ErrSuperseded, reply.ErrKeyReused, reply.ErrFull,
		reply.ErrTooLarge,
	} {
		if errors.Is(err, rule) {
			return true
		}
	}
	return false
}
