package hazard

import (
	"math"
	"sort"
)

// Curve is the rate of replies over the age of a call, constant in blocks. It
// does not change once it is made.
type Curve struct {
	from []float64 // where each block begins; the first at 0, the last has no end
	rate []float64
	cum  []float64 // integral of the rate up to the beginning of the block
	edge []float64 // where the next sharp edge after the beginning of the block is
}

// sharp is by what factor the rate changes at an edge that matters.
const sharp = 2

// NewCurve creates a curve of blocks: block i has the rate rates[i] from the age
// from[i] on. The first must begin at 0 and the others in rising order; both
// have the same length, at least 1.
func NewCurve(from, rates []float64) *Curve {
	c := &Curve{from: from, rate: rates, cum: make([]float64, len(from)), edge: make([]float64, len(from))}
	for i := 1; i < len(from); i++ {
		c.cum[i] = c.cum[i-1] + rates[i-1]*(from[i]-from[i-1])
	}
	next := math.Inf(1)
	for i := len(from) - 1; i >= 0; i-- {
		c.edge[i] = next
		if i > 0 && (rates[i] >= sharp*rates[i-1] || rates[i-1] >= sharp*rates[i]) {
			next = from[i]
		}
	}
	return c
}

// block is the index of the block of an age.
func (c *Curve) block(age float64) int {
	return max(0, sort.Search(len(c.from), func(i int) bool { return c.from[i] > age })-1)
}

// Rate is the hazard at an age, per second.
func (c *Curve) Rate(age float64) float64 { return c.rate[c.block(age)] }

// Survival is the part of the calls that are not answered at an age.
func (c *Curve) Survival(age float64) float64 { return math.Exp(-c.cumulated(age)) }

// Blocks returns the ages at which the blocks begin. It must not be written to.
func (c *Curve) Blocks() []float64 { return c.from }

func (c *Curve) cumulated(age float64) float64 {
	if age <= 0 {
		return 0
	}
	i := c.block(age)
	return c.cum[i] + c.rate[i]*(age-c.from[i])
}

// Walk is a curve at ages that only rise: cheaper than to search
// for the block of each.
type Walk struct {
	c *Curve
	i int
}

// Walk begins a walk at an age.
func (c *Curve) Walk(age float64) Walk { return Walk{c: c, i: c.block(age)} }

// At returns the integral of the rate up to an age, and the rate there. An age
// below 0 is that of a call that has not started.
func (w *Walk) At(age float64) (cumulated, rate float64) {
	if age < 0 {
		return 0, 0
	}
	for w.i+1 < len(w.c.from) && w.c.from[w.i+1] <= age {
		w.i++
	}
	return w.c.cum[w.i] + w.c.rate[w.i]*(age-w.c.from[w.i]), w.c.rate[w.i]
}

// Edge is the next age after that of the last At at which the rate changes by
// a factor of two or more; +Inf if it does not.
func (w *Walk) Edge() float64 { return w.c.edge[w.i] }
