// Package guide says how to call the chains that are served.
package guide

import (
	"fmt"
	"strings"

	"github.com/homing-dev/homing/functions"
)

// Guide describes a server to who has just started it. The zero value
// describes a server without chains.
type Guide struct {
	// Base is the URL of the server without a slash at its end.
	Base string
	// Chains are what it serves.
	Chains []functions.Chain
	// Tokens says that calls need a token.
	Tokens bool
	// Exists says whether an example can name a file, by its path from the
	// working directory; nil means none is there.
	Exists func(path string) bool
}

// String lists the routes, each with a line for the shell that calls it. The
// lines work as they are where the samples of the repository are at hand, and
// name a file to be replaced elsewhere.
func (g Guide) String() string {
	var b strings.Builder
	plural := "s"
	if len(g.Chains) == 1 {
		plural = ""
	}
	fmt.Fprintf(&b, "Serving %d chain%s on %s\n", len(g.Chains), plural, g.Base)
	for _, c := range g.Chains {
		fmt.Fprintf(&b, "\n%s %s", c.Method, c.Path)
		if c.Description != "" {
			b.WriteString("  " + strings.Join(strings.Fields(c.Description), " "))
		}
		b.WriteString("\n  " + g.Curl(c) + "\n")
	}
	b.WriteString("\nAlso there: POST /events, GET /requests/{id}, GET /openapi.json, GET /metrics, GET /health/readiness\n")
	if g.Tokens {
		b.WriteString("Calls need a token: put it into HOMING_TOKEN, or write it in the place of $HOMING_TOKEN.\n")
	}
	b.WriteString("Stop with Ctrl-C.\n")
	return b.String()
}
