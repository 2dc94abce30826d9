package settings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions/chainfile"
)

// Serve is how the chains of this process are read: with the variables of the steps
// that it runs resolved, from an environment in the form of [os.Environ].
func (c *Config) Serve(environ []string) chainfile.Option {
	getenv := Getenv(environ)
	return chainfile.Serve(chainfile.Environment{
		Lookup: func(name string) (string, bool) { value := getenv(name); return value, value != "" },
		Runs:   c.runs, URLs: c.StepURLs,
	})
}

// runs reports whether this process runs a step.
func (c *Config) runs(chain, step string) bool {
	switch c.Role {
	case RoleAll, "":
		return true
	case RoleVertex:
		return len(c.Steps) == 0 || slices.ContainsFunc(c.Steps, func(p string) bool { return carrier.Matches(p, chain, step) })
	default:
		return false
	}
}

// parseStepURLs reads "chain.step=URL,chain.step=URL".
func parseStepURLs(s string) (map[string]string, error) {
	out := map[string]string{}
	for i, entry := range splitList(s) {
		step, url, ok := strings.Cut(entry, "=")
		if chain, name, dotted := strings.Cut(step, "."); !ok || !dotted || chain == "" || name == "" || url == "" {
			return nil, fmt.Errorf("entry %d is not CHAIN.STEP=URL", i+1)
		}
		out[step] = url
	}
	return out, nil
}
