package peer

import (
	"fmt"
	"strconv"
)

// The servers whose steps run in processes of their own, so that every step
// is a hop over HTTP, and the servers of one such step.
const (
	SDKHops    Name = "CloudEvents SDK, 3 hops"
	SDKPooled  Name = "CloudEvents SDK with Homing's connection pool, 3 hops"
	HomingHops Name = "Homing, 3 hops"

	SDKStep    Name = "CloudEvents SDK step"
	HomingStep Name = "Homing step"
)

// HopNames are the servers whose steps are hops, in the order in which a round
// runs them.
func HopNames() []Name { return []Name{SDKHops, SDKPooled, HomingHops} }

// StepOf is the server that runs a step for a server whose steps are hops. ok
// is false for one that runs its steps itself.
func StepOf(name Name) (step Name, ok bool) {
	step, ok = map[Name]Name{SDKHops: SDKStep, SDKPooled: SDKStep, HomingHops: HomingStep}[name]
	return step, ok
}

// Place is where steps run when they are hops. It is zero for a server that
// runs all steps itself.
type Place struct {
	// URLs is where the steps run, for a server that calls them.
	URLs []string
	// Step is the number of the only step that a server runs, from 1 on.
	Step int
}

// NewPlace reads what follows name and work in the arguments of a server: the
// number of its step, the URL of each step, or nothing.
func NewPlace(name Name, work Work, args []string) (Place, error) {
	switch name {
	case SDKHops, SDKPooled, HomingHops:
		if len(args) != len(work.Steps) {
			return Place{}, fmt.Errorf("%s needs the URLs of %d steps, not %q", name, len(work.Steps), args)
		}
		return Place{URLs: args}, nil
	case SDKStep, HomingStep:
		if len(args) == 1 {
			if n, err := strconv.Atoi(args[0]); err == nil && n >= 1 && n <= len(work.Steps) {
				return Place{Step: n}, nil
			}
		}
		return Place{}, fmt.Errorf("%s needs a number from 1 to %d, not %q", name, len(work.Steps), args)
	case RedisAdapter, RedisVertex:
		const needed = 2
		if len(args) != needed {
			return Place{}, fmt.Errorf("%s needs the URLs of the store and of the next process, not %q", name, args)
		}
		return Place{URLs: args}, nil
	case Echo, Plain, Homing:
	}
	if len(args) > 0 {
		return Place{}, fmt.Errorf("%s runs all steps itself and takes no %q", name, args)
	}
	return Place{}, nil
}
