package sam

import (
	"fmt"
	"time"

	"github.com/homing-dev/homing/functions"
)

// Costs writes what calls cost in each shape, as Markdown. It returns the errors
// of [Template].
func Costs(chains []functions.Chain, l Load) ([]byte, error) {
	p, err := newPlan(chains, Shapes())
	if err != nil {
		return nil, err
	}
	text, err := render("costs.md.tmpl", costs{l, p.Alarms})
	return []byte(text), err
}

// costs are what the text about them is filled in with.
type costs struct {
	Load

	alarms []alarm
}

// Shapes are those of the package.
func (costs) Shapes() []Shape { return Shapes() }

// Slow is the same load with steps that take a second.
func (c costs) Slow() Load {
	c.Work = time.Second
	return c.Load
}

// TracedOf100 is how many of a hundred calls are traced.
func (c costs) TracedOf100() float64 { return c.Traced * 100 } //nolint:mnd // as its name says

// Monthly is what the alarms of a shape cost.
func (c costs) Monthly(shape Shape) float64 { return float64(c.Metrics(shape)) * priceMetric }

// Metrics counts those that alarms watch in a shape, with the default
// parameters.
func (c costs) Metrics(shape Shape) int {
	conditions := map[Shape]string{Inline: "IsInline", Vertex: "IsVertex", Split: "IsSplit"}
	there := func(condition string) bool { return condition == "" || condition == conditions[shape] }
	n := 0
	for _, a := range c.alarms {
		for _, s := range a.Series {
			if there(a.Condition) && there(s.Condition) {
				n++
			}
		}
	}
	return n
}

func dollars(x float64) string { return fmt.Sprintf("%.2f", x) }
