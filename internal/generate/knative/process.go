package knative

import (
	"strings"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/generate/needs"
)

// The components of a deployment, in the label app.kubernetes.io/component. They
// are also the values of HOMING_ROLE.
const (
	componentAll     = "all"
	componentAdapter = "adapter"
	componentVertex  = "vertex"
	componentFailure = "failure"
)

const (
	// maxCalls is the most that Knative takes for containerConcurrency.
	maxCalls = 1000
	// defaultCalls is how many events a vertex takes at once if its steps set
	// no limit.
	defaultCalls = 50
	// deadLetterCalls is for a process that only passes letters on.
	deadLetterCalls = 100
)

// process is a Knative Service, as the templates read it.
type process struct {
	Options
	budget
	chainMap
	environment

	Name, Component string
	Plain           bool     // without Knative: the adapter calls the vertex
	secretsOfAll    []string // of the chains
	// Calls is how many it takes at once; 0 is no limit.
	Calls int

	// Of a vertex alone: its chain, and its step if it runs only one.
	Of, Step string
	Steps    string // HOMING_STEPS
	Slip     string // what the routing slip of an event for it begins with
	Limiting string // the step that sets Calls; "" if none does
	// Later is how many vertices come behind it, if Calls counts what they work on.
	Later int
}

// Base is how many events a vertex without a limit takes of its own.
func (process) Base() int { return defaultCalls }

// followed is the process with room for what the broker holds of later ones. One
// with a limiting step keeps that limit, and gets more pods instead.
func (p process) followed(later int) process {
	if p.Limiting == "" {
		p.Later, p.Calls = later, min(p.Calls*(later+1), maxCalls)
	}
	return p
}

// named are steps of a chain as HOMING_STEPS has them, and as a sentence.
func named(c functions.Chain, steps []functions.Step) (list, sentence string) {
	entries, words := make([]string, len(steps)), make([]string, len(steps))
	for i, s := range steps {
		entries[i], words[i] = c.Name+"."+s.Name, scalar(s.Name)
	}
	return strings.Join(entries, ","), strings.Join(words, " and ")
}

// limit is how many calls a process takes at once: as many as the step that takes
// the fewest. A process of one step may take more than others.
func limit(steps []functions.Step, shape Shape) (calls int, limiting string) {
	calls = defaultCalls
	for _, s := range steps {
		if most := s.Policy.Concurrency.Max; most > 0 && (most < calls || shape == Split && len(steps) == 1) {
			calls, limiting = min(most, maxCalls), s.Name
		}
	}
	return calls, limiting
}

// HoldsCallers reports whether callers from outside wait in this process.
func (p process) HoldsCallers() bool {
	return p.Component == componentAll || p.Component == componentAdapter
}

// Keys are what the Secret of the whole deployment holds, as `kubectl create secret`
// takes them.
func (p process) Keys() []string {
	var keys []string
	if !p.Open {
		keys = append(keys, `tokens="TENANT=$(openssl rand -hex 32)"`)
	}
	if p.SharesReplies() {
		keys = append(keys, `store="redis://USER:PASSWORD@HOST:6379"`)
	}
	if p.Component == componentAdapter && !p.Open {
		keys = append(keys, `reply-keys="k1=$(openssl rand -hex 32)"`)
	}
	if p.HasLinkKeys() {
		keys = append(keys, `link-keys="k1=$(openssl rand -hex 32)"`)
	}
	for _, name := range p.secretsOfAll {
		keys = append(keys, name+"=VALUE")
	}
	return keys
}

// HasKeys reports whether the process signs or checks tokens with the keys of the
// Secret. An open adapter that gets replies from a broker takes them if they are there.
func (p process) HasKeys() bool {
	return p.Component != componentAll && (!p.Open || p.Component == componentAdapter && !p.Plain && !p.SharesReplies())
}

// HasLinkKeys reports whether the process signs links by keys of their own, as others
// have to know them: it has no keys of replies.
func (p process) HasLinkKeys() bool {
	return p.Component == componentAll && p.SharesReplies() && !p.Open
}

// KnowsBroker reports whether the SinkBinding has to find the process. The dead
// letters have the URL with them, for those who send them again.
func (p process) KnowsBroker() bool { return p.SendsEvents() || p.Component == componentFailure }

// SendsEvents reports whether the process cannot do without the broker.
func (p process) SendsEvents() bool {
	return !p.Plain && (p.Component == componentAdapter || p.Component == componentVertex)
}

// Works reports whether functions run in the process, which take memory.
func (p process) Works() bool {
	return p.Component == componentAll || p.Component == componentVertex
}

// newVertex plans the process that runs steps of c: all of them, or one.
func newVertex(opts Options, c functions.Chain, steps []functions.Step, shape Shape, taken names) (process, error) {
	first := c.Name + "." + steps[0].Name
	p := process{
		Options: opts, budget: vertexBudget(c), environment: opts.environment(needs.Of(c, steps...)), Component: componentVertex,
		Of: c.Name, Steps: c.Name + ".*",
		Slip: first + ",", // the comma tells a step from one whose name begins with its name
	}
	parts := []string{c.Name}
	if shape == Split {
		p.Steps, p.Step = named(c, steps)
		parts = append(parts, needs.NameOf(steps))
	}
	p.Calls, p.Limiting = limit(steps, shape)
	var err error
	p.Name, err = taken.service(parts...)
	return p, err
}
