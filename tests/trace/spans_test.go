package trace_test

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/homing-dev/homing/tests/internal/wait"
)

// span is a span as the collector has got it.
type span struct {
	ptrace.Span

	service string
}

func (s span) id() string     { return s.SpanID().String() }
func (s span) parent() string { return s.ParentSpanID().String() }

func (s span) attr(name string) string {
	if v, ok := s.Attributes().Get(name); ok {
		return v.AsString()
	}
	return ""
}

// links returns the ids of the spans that a span is linked to.
func (s span) links() []string {
	var all []string
	for i := range s.Links().Len() {
		all = append(all, s.Links().At(i).SpanID().String())
	}
	return all
}

// spans are all of a trace that the collector has got so far.
func (c collector) spans(t *testing.T, trace string) []span {
	t.Helper()
	file, err := os.Open(c.traces)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []span
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		batch, err := new(ptrace.JSONUnmarshaler).UnmarshalTraces(lines.Bytes())
		if err != nil {
			continue // it is being written
		}
		for _, resource := range batch.ResourceSpans().All() {
			service, ok := resource.Resource().Attributes().Get("service.name")
			if !ok {
				t.Fatal("a span is of no service")
			}
			for _, scope := range resource.ScopeSpans().All() {
				for _, s := range scope.Spans().All() {
					if trace == "" || s.TraceID().String() == trace {
						all = append(all, span{s, service.AsString()})
					}
				}
			}
		}
	}
	return all
}

// await waits until the collector has got as many spans of a trace as wanted has
// lines, and compares them to it, drawn as a tree.
func (c collector) await(t *testing.T, trace, wanted string) []span {
	t.Helper()
	wanted = strings.TrimLeft(wanted, "\n")
	var all []span
	wait.Eventually(t, "all spans", func() bool {
		all = slices.DeleteFunc(c.spans(t, trace), func(s span) bool {
			return s.service == "express" && s.Kind() == ptrace.SpanKindInternal // of its middleware
		})
		return len(all) >= strings.Count(wanted, "\n")
	})
	if got := tree(all, ""); got != wanted {
		t.Errorf("got the trace\n%s\nwant\n%s", got, wanted)
	}
	return all
}

// tree draws the spans below those that are not there.
func tree(all []span, indent string) string {
	known := map[string]bool{}
	for _, s := range all {
		known[s.id()] = true
	}
	var draw func(below func(span) bool, indent string) string
	draw = func(below func(span) bool, indent string) string {
		var level []span
		for _, s := range all {
			if below(s) {
				level = append(level, s)
			}
		}
		slices.SortFunc(level, func(a, b span) int { return int(a.StartTimestamp()) - int(b.StartTimestamp()) })
		var text strings.Builder
		for _, s := range level {
			line := indent + s.service + ": " + s.Name() + " " + strings.ToLower(s.Kind().String())
			if status := s.attr("http.response.status_code"); status != "" {
				line += " " + status
			}
			if s.Status().Code() == ptrace.StatusCodeError {
				line += " error"
			}
			text.WriteString(line + "\n" + draw(func(child span) bool { return child.parent() == s.id() }, indent+"  "))
		}
		return text.String()
	}
	return draw(func(s span) bool { return !known[s.parent()] }, indent)
}

// one returns the span of a service and a name.
func one(t *testing.T, all []span, service, name string) span {
	t.Helper()
	for _, s := range all {
		if s.service == service && s.Name() == name {
			return s
		}
	}
	t.Fatalf("%s has no span %s", service, name)
	return span{}
}
