package worker

import (
	"fmt"
	"slices"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
)

// Patterns name steps, each as "chain.step", "chain.*" or "*". None means all
// steps.
type Patterns []string

// Matches reports whether a step is meant.
func (p Patterns) Matches(chain, step string) bool {
	return len(p) == 0 || slices.ContainsFunc(p, func(one string) bool { return carrier.Matches(one, chain, step) })
}

// Check returns an error for a pattern that means no step of chains.
func (p Patterns) Check(chains []functions.Chain) error {
	for _, one := range p {
		meant := slices.ContainsFunc(chains, func(c functions.Chain) bool {
			return slices.ContainsFunc(c.Steps, func(s functions.Step) bool { return carrier.Matches(one, c.Name, s.Name) })
		})
		if !meant {
			return fmt.Errorf("no chain has a step %q", one)
		}
	}
	return nil
}
