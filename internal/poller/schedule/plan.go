package schedule

import (
	"math"

	"github.com/homing-dev/homing/internal/poller/hazard"
)

// group of calls of one chain that started at about the same time.
type group struct {
	walk  hazard.Walk
	age   float64 // at the time of the last read; below 0 if not started then
	calls float64
	base  float64 // integral of the rate up to that age
}

func newGroup(c *hazard.Curve, age, calls float64) group {
	g := group{walk: c.Walk(max(age, 0)), age: age, calls: calls}
	if age > 0 {
		g.base, _ = g.walk.At(age)
	}
	return g
}

// prices of a plan, in read units.
type prices struct {
	read float64 // one read
	wait float64 // one second of one caller
}

// The grid of times between which a plan chooses.
const (
	gridPoints = 96
	gridMany   = 48   // points for more than edgeGroups groups: each is dearer, and there is less to see
	gridParts  = 8    // points between two reads of the density n
	gridFinest = 5e-4 // seconds
	gridEdge   = gridFinest / 2
	gridFirst  = 1e-3  // seconds, of the search for the scale
	gridGrowth = 1.5   // of the search for the scale
	gridEmpty  = 1e-4  // calls left that are not worth a point
	gridLimit  = 120.0 // seconds
	// edgeGroups is up to how many groups the points keep to the edges of
	// their blocks; more of them smooth each other.
	edgeGroups = 8
)

// point of the grid.
type point struct {
	t    float64 // after the last read
	left float64 // calls that have no reply, expected
	sum  float64 // integral of left
	rate float64 // replies per second
	some float64 // probability that any call has no reply
	cost float64 // of all that comes after a read at this point
}

// planner finds the next read. It keeps its grid from one plan to the next.
type planner struct {
	grid []point
	work []group
}

// next returns the time of the best next read, in seconds after the last one
// and not before earliest.
func (p *planner) next(groups []group, pr prices, earliest float64) float64 {
	total := 0.0
	for _, g := range groups {
		total += g.calls
	}
	p.fill(groups, pr, p.scale(groups, pr, total), total, earliest)
	return p.best(pr, earliest)
}

// scale is when the waiting since the last read has cost as much as a read:
// the distance of two reads if replies come evenly.
func (p *planner) scale(groups []group, pr prices, total float64) float64 {
	p.work = append(p.work[:0], groups...)
	waited, before, t := 0.0, 0.0, 0.0
	for step := gridFirst; t < gridLimit; step *= gridGrowth {
		t += step
		left, _, _ := p.at(t)
		arrived := total - left
		more := (before + arrived) / 2 * step //nolint:mnd // trapezium
		if pr.wait*(waited+more) >= pr.read {
			part := (pr.read/pr.wait - waited) / more
			return t - step + step*part
		}
		waited, before = waited+more, arrived
	}
	return t
}

// fill lays the grid.
func (p *planner) fill(groups []group, pr prices, scale, total, earliest float64) {
	p.work = append(p.work[:0], groups...)
	p.grid = append(p.grid[:0], point{left: total, some: 1})
	few, most := len(groups) <= edgeGroups, gridPoints
	if !few {
		most = gridMany
	}
	coarse := max(scale/gridParts, gridFinest)
	_, rate, edge := p.at(0)
	for t, before := 0.0, total; len(p.grid) < most && t < gridLimit; {
		step := coarse
		if few {
			// At least, so that a sharp block is not worth a hundred points.
			step = min(step, max(1/(gridParts*math.Sqrt(rate*pr.wait/(2*pr.read))), gridFinest)) //nolint:mnd // n of the package's comment
			step = min(step, max(edge, gridEdge))
		}
		if t < earliest { // no read is chosen there
			step = max(step, earliest/gridParts)
		}
		t += step
		last := &p.grid[len(p.grid)-1]
		var left float64
		left, rate, edge = p.at(t)
		sum := last.sum + (before+left)/2*step // trapezium
		p.grid = append(p.grid, point{t: t, left: left, sum: sum, rate: rate, some: anyLeft(left, total)})
		before = left
		if left < gridEmpty && t >= earliest {
			return
		}
	}
}

// at returns the calls that are expected to have no reply at t, the rate of
// replies, and the distance to the next edge of a block.
func (p *planner) at(t float64) (left, rate, edge float64) {
	edge = math.Inf(1)
	for i := range p.work {
		g := &p.work[i]
		age := g.age + t
		cumulated, r := g.walk.At(age)
		n := g.calls * exp(g.base-cumulated)
		left += n
		rate += n * r
		if age < 0 {
			edge = min(edge, -age)
		} else {
			edge = min(edge, g.walk.Edge()-age)
		}
	}
	return left, rate, edge
}

// anyLeft is the probability that of total calls, left of which are expected
// to have no reply, there is one.
func anyLeft(left, total float64) float64 {
	if left > surelySome {
		return 1
	}
	return 1 - math.Pow(max(1-left/total, 0), total)
}

// surelySome calls are expected to be left: then one is, but for 1 in 10^8.
const surelySome = 20

// exp is the exponential function, by the first terms of its series where that
// is exact to 1 in 10,000: most groups hardly change from one read to the next.
func exp(x float64) float64 {
	const small = -0.25
	if x < small {
		return math.Exp(x)
	}
	return 1 + x*(1+x*(1./2+x*(1./6))) //nolint:mnd // the series
}

// best walks the grid backwards. A read at point j after one at i costs the
// waiting of the replies that came between, and itself if anything was left.
func (p *planner) best(pr prices, earliest float64) float64 {
	last := &p.grid[len(p.grid)-1]
	last.cost = 0
	if last.rate > 0 { // what follows goes on at the same rate per call
		last.cost = math.Sqrt(2*pr.read*pr.wait*last.rate) * last.left / last.rate
	}
	next := last.t
	for i := len(p.grid) - 2; i >= 0; i-- { //nolint:mnd // the last but one
		from, best := &p.grid[i], math.Inf(1)
		for j := i + 1; j < len(p.grid); j++ {
			to := &p.grid[j]
			if i == 0 && to.t < earliest && j+1 < len(p.grid) {
				continue
			}
			waiting := pr.wait * (from.left*(to.t-from.t) - (to.sum - from.sum))
			if waiting >= best {
				break
			}
			if waiting+to.cost < best {
				best, next = waiting+to.cost, to.t
			}
		}
		from.cost = best + pr.read*from.some
	}
	return max(next, earliest)
}
