package tracing

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Hop starts the span of a request over HTTP to another process. shown is the URL
// without its secrets.
func (t *Tracer) Hop(ctx context.Context, method, shown string, target *url.URL) (context.Context, Span) {
	if !t.Wanted(ctx) {
		return ctx, Span{}
	}
	attrs := append(Address(target.Host, target.Scheme), semconv.HTTPRequestMethodKey.String(method), semconv.URLFull(bare(shown)))
	return t.Start(ctx, method, trace.SpanKindClient, attrs...)
}

// bare returns a URL without user, query and fragment, which may be secrets.
func bare(shown string) string {
	shown, _, _ = strings.Cut(shown, "#")
	shown, _, _ = strings.Cut(shown, "?")
	scheme, rest, _ := strings.Cut(shown, "://")
	host, path, hasPath := strings.Cut(rest, "/")
	host = host[strings.LastIndexByte(host, '@')+1:]
	if hasPath {
		host += "/" + path
	}
	return scheme + "://" + host
}

// Answered records the status of an answer to a hop.
func (s Span) Answered(status int) {
	if s.span == nil {
		return
	}
	s.Set(semconv.HTTPResponseStatusCode(status))
	if status >= http.StatusBadRequest {
		s.Fail(statusError(status), strconv.Itoa(status))
	}
}

// Responded records the status of the answer of a server, whose failure are those from
// 500 on.
func (s Span) Responded(status int) {
	if s.span == nil {
		return
	}
	s.Set(semconv.HTTPResponseStatusCode(status))
	if status >= http.StatusInternalServerError {
		s.Set(semconv.ErrorTypeKey.String(strconv.Itoa(status)))
		s.span.SetStatus(codes.Error, "")
	}
}

// statusError is a status as an error.
type statusError int

func (e statusError) Error() string {
	return strconv.Itoa(int(e)) + " " + http.StatusText(int(e))
}

// Transport returns base with a span for each request, whose context goes with it.
func (t *Tracer) Transport(base http.RoundTripper) http.RoundTripper {
	if t == nil {
		return base
	}
	return transport{base, t}
}

type transport struct {
	http.RoundTripper

	tracer *Tracer
}

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, span := t.tracer.Hop(r.Context(), r.Method, r.URL.String(), r.URL)
	if trace.SpanContextFromContext(ctx).IsValid() {
		r = r.Clone(ctx) // a transport does not change its request
		Inject(ctx, r.Header, event.Event{})
	}
	resp, err := t.RoundTripper.RoundTrip(r)
	if err == nil {
		span.Answered(resp.StatusCode)
	}
	span.EndWith(err)
	return resp, err //nolint:wrapcheck // as it is
}

// CloseIdleConnections closes those of the transport below.
func (t transport) CloseIdleConnections() {
	if c, ok := t.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
