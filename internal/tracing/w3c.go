package tracing

import (
	"context"
	"net/http"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"
	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/functions"
)

// The headers of W3C Trace Context, in the canonical form of net/http.
const (
	parentHeader = "Traceparent"
	stateHeader  = "Tracestate"
)

// Where the parts of a traceparent end: "00-" 32 hex "-" 16 hex "-" 2 hex.
const (
	versionEnd = 3
	traceEnd   = 36
	spanEnd    = 53
	parentEnd  = 55
)

// ValidParent reports whether s is a traceparent (W3C Trace Context section 3.2),
// of a later version too. What is none is to be ignored.
func ValidParent(s string) bool {
	if len(s) < parentEnd || s[versionEnd-1] != '-' || s[traceEnd-1] != '-' || s[spanEnd-1] != '-' || s[:versionEnd] == "ff-" ||
		len(s) > parentEnd && (s[:versionEnd] == "00-" || s[parentEnd] != '-') {
		return false
	}
	for _, digits := range []string{s[:versionEnd-1], s[versionEnd : traceEnd-1], s[traceEnd : spanEnd-1], s[spanEnd:parentEnd]} {
		if strings.Trim(digits, "0123456789abcdef") != "" {
			return false
		}
	}
	for _, c := range []byte(s[parentEnd:]) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return strings.Trim(s[versionEnd:traceEnd-1], "0") != "" && strings.Trim(s[traceEnd:spanEnd-1], "0") != ""
}

// Of returns the trace context that the headers of a request hold: traceparent, which
// is "" if there is none that is valid, and its tracestate, the lines of which are
// joined (section 3.3), or "" if they are no list of members.
func Of(h http.Header) (parent, state string) {
	lines := h[parentHeader]
	if len(lines) != 1 || !ValidParent(lines[0]) { // more than one is none (section 3.2.2)
		return "", ""
	}
	return lines[0], State(h[stateHeader]...)
}

// State joins the lines of a tracestate. It returns "" if they are none.
func State(lines ...string) string {
	switch {
	case len(lines) == 0:
		return ""
	case len(lines) > 1:
		var members []string
		for _, line := range lines {
			if line = strings.Trim(line, " \t,"); line != "" {
				members = append(members, line)
			}
		}
		lines = []string{strings.Join(members, ", ")}
	}
	if _, err := trace.ParseTraceState(lines[0]); err != nil {
		return ""
	}
	return lines[0]
}

// TraceID returns the id of the trace of a traceparent, which must be valid; "" for "".
func TraceID(parent string) string {
	if parent == "" {
		return ""
	}
	return parent[versionEnd : traceEnd-1]
}

// parse returns what a traceparent and a tracestate stand for, as another process
// has sent them. It is not valid if parent is not.
func parse(parent, state string) trace.SpanContext {
	if !ValidParent(parent) {
		return trace.SpanContext{}
	}
	var c trace.SpanContextConfig
	c.TraceID, _ = trace.TraceIDFromHex(parent[versionEnd : traceEnd-1]) // valid, as was checked
	c.SpanID, _ = trace.SpanIDFromHex(parent[traceEnd : spanEnd-1])
	digit := strings.IndexByte("0123456789abcdef", parent[parentEnd-1])
	c.TraceFlags = trace.TraceFlags(digit) & (trace.FlagsSampled | trace.FlagsRandom) // the others have no meaning yet
	c.TraceState, _ = trace.ParseTraceState(state)
	c.Remote = true
	return trace.NewSpanContext(c)
}

// Format returns a span context as traceparent and tracestate.
func Format(sc trace.SpanContext) (parent, state string) {
	const digits = "0123456789abcdef"
	id, span, flags := sc.TraceID(), sc.SpanID(), byte(sc.TraceFlags())
	text := make([]byte, 0, parentEnd)
	hex := func(b byte) { text = append(text, digits[b>>4], digits[b&0xf]) } //nolint:mnd // the halves of a byte
	hex(0)
	text = append(text, '-')
	for _, b := range id {
		hex(b)
	}
	text = append(text, '-')
	for _, b := range span {
		hex(b)
	}
	text = append(text, '-')
	hex(flags)
	return string(text), sc.TraceState().String()
}

// Inject sets the headers of a request to another process: the span of ctx, or
// without one the trace context that the event ev carries, which goes through a
// process that records nothing as it came.
func Inject(ctx context.Context, h http.Header, ev event.Event) {
	parent, state := functions.Attribute(ev, functions.AttrTraceParent), functions.Attribute(ev, functions.AttrTraceState)
	if sc := trace.SpanContextFromContext(ctx); sc.IsValid() {
		parent, state = Format(sc)
	}
	if !ValidParent(parent) {
		return
	}
	h[parentHeader] = []string{parent}
	if state != "" {
		h[stateHeader] = []string{state}
	}
}
