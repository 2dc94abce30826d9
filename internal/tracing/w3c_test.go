package tracing_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"
	"go.opentelemetry.io/otel/propagation"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/tracing"
)

const (
	traceID = "0af7651916cd43dd8448eb211c80319c"
	spanID  = "b7ad6b7169203331"
	parent  = "00-" + traceID + "-" + spanID + "-01"
)

// The cases are those of the W3C's own test suite for Trace Context.
func TestOnlyAValidTraceparentIsOne(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		lines []string
		want  string
	}{
		"none":                       {nil, ""},
		"valid":                      {[]string{parent}, parent},
		"not sampled":                {[]string{parent[:53] + "00"}, parent[:53] + "00"},
		"flags of the future":        {[]string{parent[:53] + "ff"}, parent[:53] + "ff"},
		"two":                        {[]string{parent, parent}, ""},
		"empty":                      {[]string{""}, ""},
		"version ff":                 {[]string{"ff" + parent[2:]}, ""},
		"version of the future":      {[]string{"cc" + parent[2:]}, "cc" + parent[2:]},
		"with more behind it":        {[]string{"cc" + parent[2:] + "-what-is-this"}, "cc" + parent[2:] + "-what-is-this"},
		"without a dash before that": {[]string{"cc" + parent[2:] + ".what"}, ""},
		"with a control character":   {[]string{"cc" + parent[2:] + "-\x01"}, ""},
		"version 00 with more":       {[]string{parent + "-what"}, ""},
		"version 00 and a dash":      {[]string{parent + "-"}, ""},
		"version of one digit":       {[]string{parent[1:]}, ""},
		"version no hex":             {[]string{".0" + parent[2:]}, ""},
		"version upper case":         {[]string{"CC" + parent[2:]}, ""},
		"trace id zero":              {[]string{"00-00000000000000000000000000000000-" + spanID + "-01"}, ""},
		"trace id upper case":        {[]string{"00-" + strings.ToUpper(traceID) + "-" + spanID + "-01"}, ""},
		"trace id no hex":            {[]string{"00-." + traceID[1:] + "-" + spanID + "-01"}, ""},
		"trace id too long":          {[]string{"00-0" + traceID + "-" + spanID + "-01"}, ""},
		"trace id too short":         {[]string{"00-" + traceID[1:] + "-" + spanID + "-01"}, ""},
		"span id zero":               {[]string{"00-" + traceID + "-0000000000000000-01"}, ""},
		"span id upper case":         {[]string{"00-" + traceID + "-" + strings.ToUpper(spanID) + "-01"}, ""},
		"span id no hex":             {[]string{"00-" + traceID + "-." + spanID[1:] + "-01"}, ""},
		"span id too long":           {[]string{"00-" + traceID + "-0" + spanID + "-01"}, ""},
		"span id too short":          {[]string{"00-" + traceID + "-" + spanID[1:] + "-01"}, ""},
		"flags too short":            {[]string{parent[:54]}, ""},
		"flags too long":             {[]string{parent + "1"}, ""},
		"flags no hex":               {[]string{parent[:53] + ".0"}, ""},
		"flags upper case":           {[]string{parent[:53] + "0A"}, ""},
		"with spaces":                {[]string{" " + parent}, ""},
	} {
		got, state := tracing.Of(http.Header{"Traceparent": tt.lines, "Tracestate": {"a=1"}})
		if got != tt.want || (state != "") != (tt.want != "") {
			t.Errorf("%s: got %q and %q", name, got, state)
		}
	}
}

func TestTheLinesOfATracestateAreJoined(t *testing.T) {
	t.Parallel()
	most := strings.TrimSuffix(strings.Repeat("a=1,", 33), ",")
	for name, tt := range map[string]struct {
		lines []string
		want  string
	}{
		"none":               {nil, ""},
		"one":                {[]string{"a=1,b=2"}, "a=1,b=2"},
		"two":                {[]string{"a=1", "b=2"}, "a=1, b=2"},
		"two with empty":     {[]string{"a=1", "", " ", "b=2,"}, "a=1, b=2"},
		"spaces around":      {[]string{"a=1 , \tb=2"}, "a=1 , \tb=2"},
		"of a tenant":        {[]string{"tenant@vendor=1"}, "tenant@vendor=1"},
		"empty":              {[]string{""}, ""},
		"no pair":            {[]string{"a"}, ""},
		"no key":             {[]string{"=1"}, ""},
		"upper case":         {[]string{"A=1"}, ""},
		"the same key twice": {[]string{"a=1", "a=2"}, ""},
		"too many":           {[]string{most}, ""},
		"not ASCII":          {[]string{"a=ü"}, ""},
		"one line broken":    {[]string{"a=1", "?"}, ""},
	} {
		got, state := tracing.Of(http.Header{"Traceparent": {parent}, "Tracestate": tt.lines})
		if got != parent || state != tt.want {
			t.Errorf("%s: got %q and %q", name, got, state)
		}
	}
}

// The SDK's own propagator is asked what a header means.
func FuzzTraceparentIsReadAsOpenTelemetryReadsIt(f *testing.F) {
	f.Add(parent, "a=1", "b=2")
	f.Add("cc"+parent[2:]+"-x", "", "")
	f.Add("00-"+traceID+"-"+spanID+"-03", "a", "b=2")
	f.Add(strings.ToUpper(parent), "a=1", "a=1")
	tracer := tracing.New(sdk.NewTracerProvider())
	f.Fuzz(func(t *testing.T, line, first, second string) {
		h := http.Header{"Traceparent": {line}, "Tracestate": {first, second}}
		p, s := tracing.Of(h)
		got := trace.SpanContextFromContext(tracer.Remote(t.Context(), p, s))
		theirs := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(t.Context(), propagation.MapCarrier{
			"traceparent": line, "tracestate": s,
		}))
		printable := !strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) // else it would be no attribute of an event
		if theirs.IsValid() && printable && (got.TraceID() != theirs.TraceID() || got.SpanID() != theirs.SpanID() ||
			got.IsSampled() != theirs.IsSampled() || got.TraceState().String() != theirs.TraceState().String()) {
			t.Fatalf("%q %q: got %v, want %v", line, s, got, theirs)
		}
		if !got.IsValid() {
			return
		}
		out := http.Header{}
		tracing.Inject(trace.ContextWithRemoteSpanContext(context.Background(), got), out, event.New())
		if again, _ := tracing.Of(out); again == "" || again[:3] != "00-" || again[3:53] != line[3:53] {
			t.Fatalf("%q is written as %q", line, again)
		}
	})
}

func TestAProcessThatRecordsNothingPassesTheTraceOn(t *testing.T) {
	t.Parallel()
	ev := event.New()
	ev.SetExtension(functions.AttrTraceParent, parent)
	ev.SetExtension(functions.AttrTraceState, "a=1")
	h := http.Header{}
	tracing.Inject(t.Context(), h, ev)
	if h.Get("Traceparent") != parent || h.Get("Tracestate") != "a=1" {
		t.Errorf("got %v", h)
	}
	ev.SetExtension(functions.AttrTraceParent, strings.ToUpper(parent))
	h = http.Header{}
	if tracing.Inject(t.Context(), h, ev); len(h) != 0 {
		t.Errorf("what is none goes on: %v", h)
	}
}
