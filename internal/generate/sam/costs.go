package sam

import (
	"fmt"
	"time"

	"github.com/homing-dev/homing/functions"
)

// Costs writes what calls cost in each shape, as Markdown. It returns the errors
// of [Template].
func Costs(chains []functions.Chain, l Load) ([]byte, error) {
	p, err := newPlan(chains, Shapes(), false)
	if err != nil {
		return nil, err
	}
	text, err := render("costs.md.tmpl", costs{l, p.Alarms, p.Capacities, seconds(roundUp(p.Hold))})
	return []byte(text), err
}

// costs are what the text about them is filled in with.
type costs struct {
	Load

	alarms     []alarm
	Capacities []capacity
	Hold       int // seconds that a call may be held
}

// Shapes are those of the package.
func (costs) Shapes() []Shape { return Shapes() }

// Slow is the same load with steps that take a second.
func (c costs) Slow() Load {
	c.Work = time.Second
	return c.Load
}

// At is the same load at a rate.
func (c costs) At(rate float64) Load {
	c.Rate = rate
	return c.Load
}

// Quiet and Busy are the same load at both rates.
func (c costs) Quiet() Load { return c.At(QuietRate) }

// Busy is the other one.
func (c costs) Busy() Load { return c.At(BusyRate) }

// Rates are those that the traces are shown for.
func (costs) Rates() []float64 { return []float64{QuietRate, 1, 10, BusyRate} }

// Monthly is what the alarms of a shape cost, and the secret with the token.
func (c costs) Monthly(shape Shape) float64 {
	return float64(c.Metrics(shape))*priceMetric + priceSecret
}

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

func percent(x float64) string { return fmt.Sprintf("%.0f%%", 100*x) } //nolint:mnd // a percent
