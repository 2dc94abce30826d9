package knative

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/generate/needs"
	"github.com/homing-dev/homing/internal/nearest"
)

// environment is what the steps of a process need.
type environment struct {
	Variables []variable
	Secrets   []string // keys of the Secret
}

type variable struct{ Name, Value string }

// environment of a process that needs this. A dollar is written twice: Kubernetes
// would take $(NAME) for another variable.
func (o Options) environment(needed needs.Environment) environment {
	e := environment{Secrets: needed.Secrets}
	for _, v := range needed.Variables {
		value, set := o.Env[v.Name]
		if !set {
			value = v.Default
		}
		e.Variables = append(e.Variables, variable{v.Name, strings.ReplaceAll(value, "$", "$$")})
	}
	return e
}

// checkEnvironment returns everything that is invalid about the variables of chains.
func (o Options) checkEnvironment(chains []functions.Chain) error {
	needed := needs.OfAll(chains)
	var errs []error
	invalid := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	known := make([]string, 0, len(needed.Variables))
	for _, v := range needed.Variables {
		known = append(known, v.Name)
		if _, set := o.Env[v.Name]; !set && !v.HasDefault {
			invalid("%s, which step %s needs, has no default: set it with --env %s=VALUE", v.Name, v.Step, v.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Env)) {
		switch {
		case slices.Contains(needed.Secrets, name):
			invalid("%s is a secret, which a manifest does not have: put it into the Secret %s", name, o.Secret)
		case !slices.Contains(known, name):
			invalid("no step needs a variable %s%s", name, nearest.DidYouMean(name, known))
		}
	}
	for _, name := range slices.Concat(known, needed.Secrets) {
		if name == "PORT" || name == "POD_IP" || strings.HasPrefix(name, "K_") {
			invalid("the variable %s is Knative's own in a container: give it another name in chain.yaml", name)
		}
	}
	for _, c := range chains {
		for _, s := range c.Steps {
			if s.Function == nil && s.Uses == "" && s.URL == "" {
				invalid("step %s of chain %s has no url, only run, which starts it in development: give it the url that it has in the cluster",
					s.Name, c.Name)
			}
		}
	}
	return errors.Join(errs...)
}
