package vertex_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/vertex"
	"github.com/homing-dev/homing/tests/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

const requestID = "0190b6a0-0000-7000-8000-000000000001"

// request is an event as an adapter creates it.
func request() event.Event {
	jsonType := event.ApplicationJSON
	ev := event.New()
	ev.Context = &event.EventContextV1{
		ID: requestID, Type: "homing.orders", DataContentType: &jsonType,
		Extensions: map[string]any{
			functions.AttrCorrelationID: requestID,
			functions.AttrHTTPQuery:     "a=1",
			functions.AttrReplyTo:       "box",
		},
	}
	ev.SetSource("/adapter")
	ev.SetTime(time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC))
	ev.DataEncoded = []byte(`{"n":1}`)
	return ev
}

func chain(steps ...functions.Step) functions.Chain {
	return functions.Chain{Name: "orders", Method: "POST", Path: "/orders", Steps: steps}
}

func build(t testing.TB, steps ...functions.Step) *vertex.Vertex {
	t.Helper()
	v, err := vertex.New(chain(steps...))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func plain(name string, f functions.Function) functions.Step {
	return functions.Step{Name: name, Function: f}
}

func under(p functions.Policy, f functions.Function) functions.Step {
	return functions.Step{Name: "only", Function: f, Policy: p}
}

func identity(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }

func fails(err error) functions.Function {
	return func(context.Context, event.Event) (*event.Event, error) { return nil, err }
}

// obeys works until its context ends.
func obeys(ctx context.Context, _ event.Event) (*event.Event, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// problemOf returns the functions.Error that a vertex returned.
func problemOf(t testing.TB, err error) *functions.Error {
	t.Helper()
	var out *functions.Error
	if !errors.As(err, &out) {
		t.Fatalf("got error %v (%T), want a *functions.Error", err, err)
	}
	return out
}

func wantStatus(t testing.TB, err error, status int) *functions.Error {
	t.Helper()
	out := problemOf(t, err)
	if out.StatusCode() != status {
		t.Errorf("got status %d (%v), want %d", out.StatusCode(), err, status)
	}
	return out
}

// journal collects progress as lines of text.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(p reply.Progress) {
	j.mu.Lock()
	defer j.mu.Unlock()
	line := fmt.Sprintf("%s %s %d", p.Step, p.State, p.Attempt)
	if p.Status != 0 {
		line += fmt.Sprintf(" %d", p.Status)
	}
	j.lines = append(j.lines, line)
}

func (j *journal) want(t testing.TB, lines ...string) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	if fmt.Sprint(j.lines) != fmt.Sprint(lines) {
		t.Errorf("progress:\n got %q\nwant %q", j.lines, lines)
	}
}
