package callback

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/internal/backoff"
	"github.com/homing-dev/homing/internal/tracing"
)

var errNotSet = errors.New("HOMING_CALLBACKS is not set here, as it is where the call was accepted")

// ErrRefused means that a delivery would end the same another time.
var ErrRefused = errors.New("callback refused")

// RetryError is the error of a target that has said when it wants to be asked again.
type RetryError struct {
	// After is how long it wants to be left alone, from now on.
	After time.Duration
	Err   error
}

func (e *RetryError) Error() string { return e.Err.Error() }

// Unwrap returns what has failed.
func (e *RetryError) Unwrap() error { return e.Err }

// Options are the parts of a [Sender].
type Options struct {
	Allowed Allowed
	// Keys sign the deliveries; without any they are not signed.
	Keys Keys
	// Origin is what the sender calls itself in the handshake, a DNS name; "" means
	// [DefaultOrigin].
	Origin string
	// Traces records a span for each attempt; nil means none.
	Traces trace.TracerProvider
	// Metrics gets the counts and times of the attempts; nil means that nothing does.
	Metrics prometheus.Registerer
	// Log gets a line for each attempt that failed; nil means none.
	Log *slog.Logger
}

const (
	// DefaultOrigin is the default of Options.Origin.
	DefaultOrigin = "homing"
	// requestTimeout bounds each request, a handshake or a delivery.
	requestTimeout = 10 * time.Second
	// firstDelay and longestDelay are of the pauses between attempts.
	firstDelay   = time.Second
	longestDelay = 5 * time.Minute
	// jitter is the part by which a pause is varied.
	jitter = 0.2
	// maxRetryAfter bounds for how long a target can put off the next attempt.
	maxRetryAfter = time.Hour
	// maxTargets is of how many targets is known what they have agreed to.
	maxTargets = 1024
	// idleTime is how long a connection is kept for the next delivery.
	idleTime = 30 * time.Second
	// maxHeader bounds the header of an answer, in bytes.
	maxHeader = 64 << 10
)

// Sender delivers events. It is safe for concurrent use.
type Sender struct {
	o         Options
	transport http.RoundTripper
	permits   *permits
	targets   *lru.Cache[string, *target]
	tracer    *tracing.Tracer
	metrics   metrics
}

// Sender returns a sender with what is set, or nil if no target is allowed.
func (o Options) Sender(traces trace.TracerProvider, metrics prometheus.Registerer, log *slog.Logger) (*Sender, error) {
	if !o.Allowed.Any() {
		return nil, nil //nolint:nilnil // none is needed
	}
	o.Traces, o.Metrics, o.Log = traces, metrics, log
	return New(o)
}

// New returns a sender. It fails if its metrics cannot be registered.
func New(o Options) (*Sender, error) {
	return newSender(o, net.DefaultResolver, nil)
}

func newSender(o Options, resolver *net.Resolver, secure *tls.Config) (*Sender, error) {
	if o.Origin == "" {
		o.Origin = DefaultOrigin
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	m, err := newMetrics(o.Metrics)
	if err != nil {
		return nil, err
	}
	targets, err := lru.New[string, *target](maxTargets)
	if err != nil {
		return nil, err
	}
	return &Sender{
		o: o, permits: newPermits(), targets: targets, tracer: tracing.New(o.Traces), metrics: m,
		transport: &http.Transport{
			Proxy:       nil, // it would connect in our place
			DialContext: dialer{o.Allowed, resolver}.dial, TLSHandshakeTimeout: dialTimeout, TLSClientConfig: secure,
			MaxConnsPerHost: perHost, MaxIdleConnsPerHost: 1, MaxIdleConns: atOnce, IdleConnTimeout: idleTime,
			MaxResponseHeaderBytes: maxHeader, DisableCompression: true, ForceAttemptHTTP2: true,
		},
	}, nil
}

// Close closes the connections that are not in use. It may be called on nil.
func (s *Sender) Close() {
	if s == nil {
		return
	}
	if t, ok := s.transport.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// Try delivers ev once, with the handshake if that is not known to be granted. On nil
// it was delivered. The error is [ErrRefused] if it would be the same another time, and
// a [*RetryError] if the target has said when it wants to be asked again.
func (s *Sender) Try(ctx context.Context, url string, ev event.Event) error {
	return s.TryLoaded(ctx, carrier.RequestID(ev), url, func(context.Context) (event.Event, error) { return ev, nil })
}

// TryLoaded does the same with the event that load returns when its turn has come. id is
// that of its request, for the log.
func (s *Sender) TryLoaded(ctx context.Context, id, raw string, load func(context.Context) (event.Event, error)) error {
	start := time.Now()
	d := delivery{Sender: s, shown: Shown(raw), load: load}
	var err error
	if d.url, err = s.o.Allowed.target(raw); err != nil {
		err = fmt.Errorf("%w: %w", ErrRefused, err)
	} else {
		var span tracing.Span
		ctx, span = s.trace(ctx, d.url)
		err = d.run(ctx)
		span.EndWith(err)
	}
	s.metrics.count(time.Since(start), err)
	if err != nil {
		s.o.Log.WarnContext(ctx, "callback not delivered", "callback", d.shown, "requestid", id, "error", err)
	}
	return err
}

// Deliver tries as TryLoaded does until the event is delivered, the target refuses it for good
// ([ErrRefused]), or ctx ends or would before the next attempt: then it returns the last
// error of the target joined with the cause of ctx. load returns the event for each
// attempt, so that it need not be held in between; its error counts as one of the target.
// On nil, a sender where no target is allowed, it fails at once.
func (s *Sender) Deliver(ctx context.Context, id, url string, load func(context.Context) (event.Event, error)) error {
	if s == nil {
		return errNotSet
	}
	var last error
	for n := 0; ; n++ {
		err := s.TryLoaded(ctx, id, url, load)
		switch {
		case err == nil, errors.Is(err, ErrRefused):
			return err
		case ctx.Err() == nil || last == nil:
			last = err
		}
		delay := backoff.Jitter(backoff.Exponential(n, firstDelay, longestDelay), jitter)
		if retry, ok := errors.AsType[*RetryError](err); ok {
			delay = max(delay, retry.After+backoff.Jitter(firstDelay, 1)) // not all that wait for it at once
		}
		if !backoff.Sleep(ctx, delay) {
			return errors.Join(last, ended(ctx))
		}
	}
}

// ended returns why a context has ended, or is about to.
func ended(ctx context.Context) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return context.DeadlineExceeded
}
