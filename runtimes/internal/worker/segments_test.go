package worker_test

import (
	"errors"
	"testing"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/internal/worker"
)

// process has the steps of two chains that its patterns mean.
func process(t *testing.T, wanted ...string) worker.Segments {
	t.Helper()
	out, err := worker.NewSegments([]functions.Chain{chain("q", "a", "b", "c"), chain("t", "a.x", "b")}, wanted, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// knows forwards to every step but "nowhere".
type knows struct{ worker.Forwarder }

func (knows) CanForward(_, step string) bool { return step != "nowhere" }

func TestFindReturnsTheStepsThatFollowEachOtherHere(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		steps      []string
		slip       carrier.Slip
		first, end int
		rest       carrier.Slip
		status     int // 0: found
	}{
		"all":                      {nil, "q.a,q.b,q.c,", 0, 3, "", 0},
		"all by name":              {[]string{"*"}, "q.a,q.b,q.c,", 0, 3, "", 0},
		"a chain":                  {[]string{"q.*"}, "q.a,q.b,q.c,", 0, 3, "", 0},
		"the middle of a chain":    {nil, "q.b,q.c,", 1, 3, "", 0},
		"one step":                 {[]string{"q.b"}, "q.b,q.c,", 1, 2, "q.c,", 0},
		"two steps":                {[]string{"q.a", "q.b"}, "q.a,q.b,q.c,", 0, 2, "q.c,", 0},
		"a step with a dot":        {[]string{"t.a.x"}, "t.a.x,t.b,", 0, 1, "t.b,", 0},
		"a step is left out":       {nil, "q.a,q.c,", 0, 1, "q.c,", 0},
		"another chain follows":    {nil, "q.c,t.b,", 2, 3, "t.b,", 0},
		"nothing to run":           {nil, "", 0, 0, "", 400},
		"no entry":                 {nil, "q", 0, 0, "", 400},
		"an entry without a dot":   {nil, "q,", 0, 0, "", 400},
		"a step of nobody":         {nil, "q.x,", 0, 0, "", 404},
		"a step of another vertex": {[]string{"q.a"}, "q.b,", 0, 0, "", 404},
		"malformed behind a step":  {nil, "q.c,oops", 0, 0, "", 400},
		"nowhere to forward to":    {[]string{"q.a"}, "q.a,q.nowhere,", 0, 0, "", 404},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := process(t, tt.steps...).Find(tt.slip, knows{})
			var own *functions.Error
			if tt.status != 0 {
				if !errors.As(err, &own) || own.StatusCode() != tt.status || got.FirstStep() != "" {
					t.Fatalf("got %+v, %v", got, err)
				}
				return
			}
			if err != nil || got.First != tt.first || got.End != tt.end || got.Remaining != tt.rest || got.Vertex == nil {
				t.Fatalf("got %d to %d, rest %q, %v", got.First, got.End, got.Remaining, err)
			}
			if _, step, _ := tt.slip.Next(); got.FirstStep() != step {
				t.Errorf("the first step is %q, want %q", got.FirstStep(), step)
			}
		})
	}
}

func TestOfReturnsTheVertexOfAWholeChain(t *testing.T) {
	t.Parallel()
	p := process(t, "q.*")
	if p.Of(chain("q", "a", "b", "c")) == nil || p.Of(chain("t", "a.x", "b")) != nil || p.Of(chain("q")) != nil {
		t.Error("the chains that start here are mixed up")
	}
	var none worker.Segments
	if none.Of(chain("q", "a")) != nil {
		t.Error("the zero value has a chain")
	}
}

func TestPatternsThatMatchNothingAreErrors(t *testing.T) {
	t.Parallel()
	chains := []functions.Chain{chain("q", "a", "b"), chain("t", "c")}
	for _, one := range []string{"*", "q.*", "q.a", "t.c"} {
		if err := (worker.Patterns{one}).Check(chains); err != nil {
			t.Errorf("%s: %v", one, err)
		}
	}
	for _, one := range []string{"q", "q.", "q.c", "x.*", "*.a", ""} {
		if err := (worker.Patterns{"*", one}).Check(chains); err == nil {
			t.Errorf("%q was taken", one)
		}
	}
	if err := worker.Patterns(nil).Check(nil); err != nil {
		t.Error(err)
	}
}
