// Package needs finds out which processes the steps of a chain need, and what
// each of them needs in its environment. The generators of every platform stand
// on it.
package needs

import (
	"slices"
	"strings"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
)

// Variable of a process that is no secret.
type Variable struct {
	Name string
	// Default is what it is if nothing else sets it; without one, HasDefault is
	// false, and it must be set.
	Default    string
	HasDefault bool
	// Step that needs it first, as chain.step.
	Step string
}

// Environment of a process.
type Environment struct {
	Variables []Variable
	// Secrets are names of variables.
	Secrets []string
}

// Of returns what a process needs that runs these steps of the chain, in the
// order of the names.
func Of(c functions.Chain, steps ...functions.Step) Environment {
	var e Environment
	for _, s := range steps {
		env, secrets := chainfile.Variables(c, s)
		for _, name := range env {
			value, ok := c.Env[name]
			e.Variables = append(e.Variables, Variable{Name: name, Default: value, HasDefault: ok, Step: c.Name + "." + s.Name})
		}
		e.Secrets = append(e.Secrets, secrets...)
	}
	return e.sorted()
}

// OfAll returns what a process needs that runs all steps of all chains.
func OfAll(chains []functions.Chain) Environment {
	var e Environment
	for _, c := range chains {
		e = e.And(Of(c, c.Steps...))
	}
	return e
}

// And returns what a process needs that is both of them.
func (e Environment) And(o Environment) Environment {
	return Environment{slices.Concat(e.Variables, o.Variables), slices.Concat(e.Secrets, o.Secrets)}.sorted()
}

// sorted leaves one of each name: that with a default, since another chain's is for
// the same process.
func (e Environment) sorted() Environment {
	slices.SortStableFunc(e.Variables, func(a, b Variable) int {
		if a.Name == b.Name && a.HasDefault != b.HasDefault {
			if a.HasDefault {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	e.Variables = slices.CompactFunc(e.Variables, func(a, b Variable) bool { return a.Name == b.Name })
	slices.Sort(e.Secrets)
	e.Secrets = slices.Compact(e.Secrets)
	return e
}

// IsRemote reports whether a step runs at a URL.
func IsRemote(s functions.Step) bool { return s.Function == nil && s.Uses == "" || s.URL != "" }

// Processes divides the steps of a chain into those that run in a process each when
// the chain is split. A remote step has a process elsewhere already: what calls it
// is the process of the function before it, or of the one behind it if there is none.
func Processes(steps []functions.Step) [][]functions.Step {
	var out [][]functions.Step
	first, hasFunction := 0, false
	for i, s := range steps {
		if IsRemote(s) {
			continue
		}
		if hasFunction {
			out = append(out, steps[first:i])
			first = i
		}
		hasFunction = true
	}
	return append(out, steps[first:])
}

// NameOf returns the step that a process is named after: its function, or its first
// step.
func NameOf(steps []functions.Step) string {
	for _, s := range steps {
		if !IsRemote(s) {
			return s.Name
		}
	}
	return steps[0].Name
}
