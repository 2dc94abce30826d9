package main

import "strings"

// Chains of the run. All of them have the same steps, of which the first and
// the last are remote ones that the harness serves.
const (
	chainVertex = "alpha" // all steps in one vertex, of which there are two replicas
	chainSplit  = "beta"  // its steps are in three vertices
	chainBrief  = "brief" // as alpha, with a short deadline
)

const steps = `
    steps:
      - {name: gate, url: "{url}/gate", retry: {attempts: 4, delay: 20ms}}
      - function: quote.validate
      - function: quote.enrich
      - function: quote.price
      - {name: seal, url: "{url}/seal"}
`

// eventType is the type of the events that ask for a chain by POST /events.
func eventType(chain string) string { return "ledger." + chain }

// chainFile is the chain.yaml, with the URL of the harness's steps.
func chainFile(t limits, url string) string {
	var b strings.Builder
	b.WriteString("chains:\n")
	for _, chain := range []string{chainVertex, chainSplit, chainBrief} {
		b.WriteString("  - name: " + chain + "\n    route: POST /" + chain + "\n    type: " + eventType(chain) +
			"\n    timeout: " + t.timeout(chain).String() + "\n    asyncTimeout: " + t.async.String())
		b.WriteString(strings.ReplaceAll(steps, "{url}", url) + "\n")
	}
	return b.String()
}

// group is a vertex by the steps that it runs, and the prefixes of the routing
// slips that the broker brings to it.
type group struct {
	name     string
	steps    string // HOMING_STEPS
	prefixes []string
	replicas int
}

func groups() []group {
	return []group{
		{"alpha", chainVertex + ".*," + chainBrief + ".*", []string{chainVertex + ".gate,", chainBrief + ".gate,"}, 2},
		{"beta-front", chainSplit + ".gate," + chainSplit + ".validate", []string{chainSplit + ".gate,"}, 1},
		{"beta-middle", chainSplit + ".enrich," + chainSplit + ".price", []string{chainSplit + ".enrich,"}, 1},
		{"beta-end", chainSplit + ".seal", []string{chainSplit + ".seal,"}, 1},
	}
}
