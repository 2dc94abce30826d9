package adapter

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/tracing"
)

// trace starts the span of a request, which its context holds from then on, and ends
// it when it is answered. What a scraper, a probe or the console asks for has none.
func (a *Adapter) trace(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *http.Request, func()) {
	if strings.HasPrefix(r.URL.Path, "/health/") || strings.HasPrefix(r.URL.Path, "/_homing/") || r.URL.Path == "/metrics" {
		return w, r, func() {}
	}
	parent, state := tracing.Of(r.Header)
	ctx := a.tracer.Remote(r.Context(), parent, state)
	ctx, span := a.tracer.Enter(ctx, spanName(r.Method, ""), trace.SpanKindServer, trace.SpanContext{})
	r = r.WithContext(ctx)
	if !span.Recorded() {
		return w, r, func() {}
	}
	scheme, method := "http", r.Method
	if r.TLS != nil {
		scheme = "https"
	}
	if !known(method) {
		method = "_OTHER"
	}
	version := strconv.Itoa(r.ProtoMajor) + "." + strconv.Itoa(r.ProtoMinor)
	span.Set(semconv.HTTPRequestMethodKey.String(method), semconv.URLPath(r.URL.Path), semconv.URLScheme(scheme),
		semconv.NetworkProtocolVersion(version))
	span.Set(tracing.Address(r.Host, scheme)...)
	if agent := r.UserAgent(); agent != "" {
		span.Set(semconv.UserAgentOriginal(agent))
	}
	if method != r.Method {
		span.Set(semconv.HTTPRequestMethodOriginal(r.Method))
	}
	tw := &tracedWriter{ResponseWriter: w, span: span}
	a.traceRoute(r, r.Method, ownRoute(r.URL.Path), "")
	return tw, r, tw.end
}

// known reports whether a method is one whose name may be that of a span: what a
// client makes up has no end.
func known(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodConnect,
		http.MethodOptions, http.MethodTrace, http.MethodPatch, "QUERY":
		return true
	}
	return false
}

func spanName(method, path string) string {
	if !known(method) {
		method = "HTTP"
	}
	if path == "" {
		return method
	}
	return method + " " + path
}

// ownRoute returns the pattern of a path that is of no chain, or "".
func ownRoute(path string) string {
	rest, ofRequest := strings.CutPrefix(path, "/requests/")
	switch {
	case ofRequest && strings.HasSuffix(rest, "/reply"):
		return "/requests/{id}/reply"
	case ofRequest:
		return "/requests/{id}"
	case path == "/events", path == "/openapi.json":
		return path
	default:
		return ""
	}
}

// traceRoute names the span of a request by its route.
func (a *Adapter) traceRoute(r *http.Request, method, path, chain string) {
	if a.tracer == nil || path == "" {
		return
	}
	span := tracing.Current(r.Context())
	if !span.Recorded() {
		return
	}
	span.Named(spanName(method, path))
	span.Set(semconv.HTTPRoute(path))
	if chain != "" {
		span.Set(tracing.Chain.String(chain))
	}
}

// tracedWriter ends the span of a request with the status of its answer.
type tracedWriter struct {
	http.ResponseWriter

	span   tracing.Span
	mu     sync.Mutex
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *tracedWriter) WriteHeader(status int) {
	w.note(status)
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *tracedWriter) Write(p []byte) (int, error) {
	w.note(http.StatusOK)
	return w.ResponseWriter.Write(p) //nolint:wrapcheck // as net/http's
}

// Unwrap is for [http.ResponseController].
func (w *tracedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *tracedWriter) note(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.status == 0 && status >= http.StatusOK { // else there will be another
		w.status = status
	}
}

// end ends the span. Only the first time counts.
func (w *tracedWriter) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	status := cmp.Or(w.status, http.StatusOK)
	w.span.Responded(status)
	w.span.End()
}

// endTrace ends the span of a request that was answered in the place of its busy
// goroutine.
func endTrace(w http.ResponseWriter) {
	if tw, ok := w.(*tracedWriter); ok {
		tw.end()
	}
}

// callTrace is the trace that a call belongs to. The zero value is none.
type callTrace struct {
	span   trace.Span // of its request; nil or not recorded: none
	parent string     // the traceparent of the trace that the log names, or ""
}

// begin takes the trace of the request of a call.
func (t *callTrace) begin(r *http.Request) {
	if span := trace.SpanFromContext(r.Context()); span.SpanContext().IsValid() {
		t.span = span
	}
}

// carry sets on the event of a request where its trace has started (CloudEvents
// extension distributed tracing): what the request says, else the span of the request.
func (t *callTrace) carry(ext map[string]any, from http.Header) {
	parent, state := tracing.Of(from)
	if parent == "" && t.span != nil {
		parent, state = tracing.Format(t.span.SpanContext())
	}
	if parent != "" {
		t.set(ext, parent, state)
	}
}

// carryOwn is carry for a client's event, which may say itself where its trace has
// started.
func (t *callTrace) carryOwn(ext map[string]any, from http.Header) {
	parent, _ := ext[functions.AttrTraceParent].(string)
	state, _ := ext[functions.AttrTraceState].(string)
	delete(ext, functions.AttrTraceParent)
	delete(ext, functions.AttrTraceState)
	if !tracing.ValidParent(parent) {
		t.carry(ext, from)
		return
	}
	t.set(ext, parent, tracing.State(state))
	if t.span != nil { // which need not belong to the trace of the event
		t.parent, _ = tracing.Format(t.span.SpanContext())
	}
}

func (t *callTrace) set(ext map[string]any, parent, state string) {
	t.parent = parent
	ext[functions.AttrTraceParent] = parent
	if state != "" {
		ext[functions.AttrTraceState] = state
	}
}

// call describes a call by the span of its request.
func (t *callTrace) call(c *call) {
	if t.span == nil || !t.span.IsRecording() {
		return
	}
	t.span.SetAttributes(tracing.RequestID.String(c.text), tracing.Chain.String(c.route.chain.Name))
	t.span.SetAttributes(tracing.Event(c.in)...)
	if until := time.Until(c.deadline); until > 0 {
		t.span.SetAttributes(attribute.Float64("homing.timeout_seconds", until.Seconds()))
	}
}

// failed records why a call has failed that is not its caller's own doing.
func (t *callTrace) failed(p *functions.Error, err error) {
	if t.span == nil || p.StatusCode() < http.StatusInternalServerError {
		return
	}
	if p.Cause != nil {
		err = p.Cause
	}
	tracing.SpanOf(t.span).Fail(err, strconv.Itoa(p.StatusCode()))
}
