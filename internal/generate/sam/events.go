package sam

import (
	"strings"
	"time"

	"github.com/homing-dev/homing/functions"
)

// attached is the example of how events of AWS get to a chain.
type attached struct {
	Chain, Type  string
	Suffix       string // of names, of the chain
	Target, Role string // the ARN of the function that takes the events and the name of its role, as YAML
	Visibility   int    // of a queue, in seconds
}

// longestVisibility is what SQS takes.
const longestVisibility = 12 * time.Hour

// attachedTo is the example for the chain whose first step first runs in the shape
// split.
func (d *deployment) attachedTo(c functions.Chain, first string) attached {
	const times = 6
	longest := max(d.limits.timeout, adapterTimeout)
	return attached{
		Chain: c.Name, Type: c.WithDefaults().Type, Suffix: strings.ToLower(strings.Join(split(c.Name), "-")),
		Target:     d.choose(arn("Adapter"), arn("Vertex"), arn(first)),
		Role:       d.choose("!Ref AdapterRole", "!Ref VertexRole", "!Ref "+first+"Role"),
		Visibility: seconds(min(times*longest, longestVisibility)),
	}
}

// commented is a part of the template that does nothing until the marks at the
// beginning of its lines are taken away.
func commented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.Trim(text, "\n")) {
		b.WriteString("  #~ " + strings.TrimPrefix(line, "  "))
	}
	return b.String()
}
