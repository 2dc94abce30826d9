package knative_test

import (
	"strconv"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/generate/knative"
)

// limited creates a chain whose steps take so many calls at once.
func limited(limits ...int) functions.Chain {
	c := chainOf("a", []string{"x", "y", "z"}[:len(limits)]...)
	for i, limit := range limits {
		c.Steps[i].Policy.Concurrency.Max = limit
	}
	return c
}

func TestAVertexTakesAsManyCallsAsItsStepsDo(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		shape  knative.Shape
		limits []int
		want   map[string]int
	}{
		"no limit":            {knative.Vertex, []int{0, 0}, map[string]int{"a": 50}},
		"the lowest":          {knative.Vertex, []int{0, 8, 3}, map[string]int{"a": 3}},
		"a high one of many":  {knative.Vertex, []int{100, 0}, map[string]int{"a": 50}},
		"of each step":        {knative.Split, []int{0, 2, 100}, map[string]int{"a-x": 150, "a-y": 2, "a-z": 100}},
		"what comes behind":   {knative.Split, []int{0, 0, 0}, map[string]int{"a-x": 150, "a-y": 100, "a-z": 50}},
		"more than Knative's": {knative.Split, []int{5000}, map[string]int{"a-x": 1000}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			docs := generate(t, one(tc.shape), limited(tc.limits...))
			for name, want := range tc.want {
				service := docs["Service homing-"+name]
				if got := service.at(t, "spec", "template", "spec", "containerConcurrency"); got != want {
					t.Errorf("%s takes %v, want %d", name, got, want)
				}
				if got := service.at(t, "spec", "template", "metadata", "annotations", "autoscaling.knative.dev/target"); got != strconv.Itoa(want) {
					t.Errorf("%s scales by %v, want %d", name, got, want)
				}
			}
		})
	}
}

// A limit of the queue-proxy would be used up by callers who wait, and the
// replies that they wait for come the same way.
func TestNoLimitKeepsRepliesFromTheAdapter(t *testing.T) {
	t.Parallel()
	adapter := generate(t, one(knative.Vertex), chainOf("a", "x"))["Service homing-adapter"]
	if got := adapter.at(t, "spec", "template", "spec", "containerConcurrency"); got != 0 {
		t.Errorf("the adapter takes %v calls at once", got)
	}
}

func TestEachProcessIsToldItsPart(t *testing.T) {
	t.Parallel()
	c := chainOf("a", "x", "xy")
	inline := generate(t, one(knative.Inline), c)
	vertex := generate(t, one(knative.Vertex), c)
	split := generate(t, one(knative.Split), c)
	for name, tc := range map[string]struct {
		doc  tree
		want map[string]string
	}{
		"inline":  {inline["Service homing"], map[string]string{"HOMING_ROLE": "all"}},
		"adapter": {vertex["Service homing-adapter"], map[string]string{"HOMING_ROLE": "adapter", "HOMING_CARRIER": "broker"}},
		"vertex": {vertex["Service homing-a"], map[string]string{
			"HOMING_ROLE": "vertex", "HOMING_CARRIER": "broker", "HOMING_STEPS": "a.*",
			"HOMING_REPLY_ALLOW": "http://homing-adapter-*.default.svc.cluster.local/",
		}},
		"split": {split["Service homing-a-x"], map[string]string{"HOMING_ROLE": "vertex", "HOMING_STEPS": "a.x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := tc.doc.env(t)
			for key, want := range tc.want {
				if env[key] != want {
					t.Errorf("%s is %q, want %q", key, env[key], want)
				}
			}
		})
	}
	for name, slip := range map[string]string{"a-x": "a.x,", "a-xy": "a.xy,"} {
		if got := split["Trigger homing-"+name].at(t, "spec", "filters", "prefix", "routingslip"); got != slip {
			t.Errorf("%s is triggered by %v, want %s", name, got, slip)
		}
	}
	if got := vertex["Trigger homing-a"].at(t, "spec", "filters", "prefix", "routingslip"); got != "a.x," {
		t.Errorf("chain a is triggered by %v", got)
	}
}
