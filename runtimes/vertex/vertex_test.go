package vertex_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/vertex"
)

func appends(text string) functions.Function {
	return func(_ context.Context, in event.Event) (*event.Event, error) {
		in.DataEncoded = append(append([]byte(nil), in.DataEncoded...), text...)
		return &in, nil
	}
}

func TestCarryRunsTheStepsInOrder(t *testing.T) {
	t.Parallel()
	v := build(t, plain("a", appends("a")), plain("b", appends("b")), plain("c", appends("c")))
	var j journal
	res, err := v.Carry(t.Context(), request(), j.add)
	out := res.Event
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(out.DataEncoded), `{"n":1}abc`; got != want {
		t.Errorf("got data %s, want %s", got, want)
	}
	j.want(t, "a started 1", "a finished 1", "b started 1", "b finished 1", "c started 1", "c finished 1")
}

func TestCarryHandsTheDataOnWithoutACopy(t *testing.T) {
	t.Parallel()
	in := request()
	res, err := build(t, plain("a", identity), plain("b", identity)).Carry(t.Context(), in, nil)
	out := res.Event
	if err != nil {
		t.Fatal(err)
	}
	if &out.DataEncoded[0] != &in.DataEncoded[0] {
		t.Error("the data was copied")
	}
}

func TestNilEventDropsTheRequest(t *testing.T) {
	t.Parallel()
	called := false
	v := build(t, plain("filter", fails(nil)), plain("later", func(_ context.Context, in event.Event) (*event.Event, error) {
		called = true
		return &in, nil
	}))
	var j journal
	res, err := v.Carry(t.Context(), request(), j.add)
	out := res.Event
	if out != nil || err != nil {
		t.Errorf("got %v, %v, want a drop", out, err)
	}
	if called {
		t.Error("a step ran after the drop")
	}
	j.want(t, "filter started 1", "filter dropped 1")
}

func TestFailureEndsTheChain(t *testing.T) {
	t.Parallel()
	v := build(t, plain("ok", identity), plain("bad", fails(functions.Errorf(404, "no such order"))), plain("later", identity))
	var j journal
	res, err := v.Carry(t.Context(), request(), j.add)
	out := res.Event
	if out != nil {
		t.Errorf("got event %v beside the error", out)
	}
	if p := wantStatus(t, err, 404); p.Step != "bad" || p.Attempt != 1 {
		t.Errorf("got step %q attempt %d, want bad, 1", p.Step, p.Attempt)
	}
	j.want(t, "ok started 1", "ok finished 1", "bad started 1", "bad failed 1 404")
}

func TestEndedContextStartsNoStep(t *testing.T) {
	t.Parallel()
	cause := errors.New("the caller went away")
	tests := map[string]struct {
		endIn int // the step in which ctx ends; 0: before the first
		want  []string
	}{
		"before the first step": {0, nil},
		"between steps":         {1, []string{"a started 1", "a finished 1"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			if tt.endIn == 0 {
				cancel(cause)
			}
			ends := func(_ context.Context, in event.Event) (*event.Event, error) {
				cancel(cause)
				return &in, nil
			}
			var j journal
			_, err := build(t, plain("a", ends), plain("b", identity)).Carry(ctx, request(), j.add)
			if err != cause { //nolint:errorlint // as it is
				t.Errorf("got error %v, want the cause as it is", err)
			}
			j.want(t, tt.want...)
		})
	}
}

func TestResultThatIsThereCountsThoughTheContextEnded(t *testing.T) {
	t.Parallel()
	policies := map[string]functions.Policy{
		"plain":   {},
		"retry":   {Retry: functions.Retry{Attempts: 3}},
		"limit":   {Concurrency: functions.Concurrency{Max: 1}},
		"breaker": {Breaker: functions.Breaker{Failures: 1}},
	}
	for name, policy := range policies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			out, err := build(t, under(policy, func(_ context.Context, in event.Event) (*event.Event, error) {
				cancel()
				return &in, nil
			})).Carry(ctx, request(), nil)
			if err != nil || out.Event == nil {
				t.Errorf("got %v, %v, want the event", out, err)
			}
		})
	}
}

func TestNewRefusesAWrongChain(t *testing.T) {
	t.Parallel()
	if _, err := vertex.New(functions.Chain{Name: "empty"}); err == nil {
		t.Error("a chain without route and steps was taken")
	}
}

func fresh(_ context.Context, in event.Event) (*event.Event, error) {
	return &event.Event{DataEncoded: in.DataEncoded}, nil
}

func TestThousandCallsAtOnceKeepApart(t *testing.T) {
	t.Parallel()
	policy := functions.Policy{
		Timeout: functions.DefaultTimeout, Retry: functions.Retry{Attempts: 2},
		Concurrency: functions.Concurrency{Max: 8}, Breaker: functions.Breaker{Failures: 3},
	}
	v := build(t, plain("a", appends("!")), under(policy, appends("?")), plain("fresh", fresh))
	var wg sync.WaitGroup
	for n := range 1000 {
		wg.Go(func() {
			in := request()
			id := string(rune('a'+n%26)) + "-id"
			in.SetID(id)
			in.DataEncoded = []byte(id)
			res, err := v.Carry(t.Context(), in, new(journal).add)
			out := res.Event
			if err != nil {
				t.Error(err)
				return
			}
			if out.ID() != id || string(out.DataEncoded) != id+"!?" {
				t.Errorf("got %s %s, want those of %s", out.ID(), out.DataEncoded, id)
			}
		})
	}
	wg.Wait()
}

// carryOne carries in through a vertex of c, which must not fail.
func carryOne(t *testing.T, c functions.Chain, in event.Event) *event.Event {
	t.Helper()
	v, err := vertex.New(c)
	if err != nil {
		t.Fatal(err)
	}
	res, err := v.Carry(t.Context(), in, nil)
	out := res.Event
	if err != nil {
		t.Fatal(err)
	}
	return out
}
