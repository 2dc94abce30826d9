package knative

import "github.com/homing-dev/homing/functions"

const (
	// maxCalls is the most that Knative takes for containerConcurrency.
	maxCalls = 1000
	// defaultCalls is how many events a vertex takes at once if its steps do
	// not say.
	defaultCalls = 50
)

// vertex is a process that runs steps of a chain.
type vertex struct {
	budget

	name  string // of its Service
	about string
	steps string // HOMING_STEPS
	slip  string // what the routing slip of an event for it begins with
	calls int    // how many it takes at once
	why   string // it takes that many
}

// newVertex plans the process that runs steps of c: all of them, or one.
func newVertex(c functions.Chain, steps []functions.Step, shape Shape, taken names) (vertex, error) {
	v := vertex{
		budget: vertexBudget(c),
		about:  "Runs all steps of chain " + c.Name + ".",
		steps:  c.Name + ".*",
		slip:   c.Name + "." + steps[0].Name + ",", // the comma tells a step from one whose name begins with its name
		calls:  defaultCalls,
		why:    "No step here says in chain.yaml how many calls it takes at once.",
	}
	parts := []string{c.Name}
	if shape == Split {
		step := steps[0].Name
		parts = append(parts, step)
		v.steps = c.Name + "." + step
		v.about = "Runs step " + step + " of chain " + c.Name + "."
	}
	for _, s := range steps {
		if limit := s.Policy.Concurrency.Max; limit > 0 && (limit < v.calls || shape == Split) {
			v.calls = min(limit, maxCalls)
			v.why = "Step " + s.Name + " takes no more at once. Further calls would wait for it here,\nwhere another pod could work on them."
		}
	}
	var err error
	v.name, err = taken.service(parts...)
	return v, err
}
