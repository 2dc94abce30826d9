package hazard

import (
	"math"
	"slices"
)

const (
	// resolution in seconds: times of replies are known to the millisecond.
	resolution = 0.001
	halfway    = resolution / 2
	// leastRisk is the time at risk of a reply in a cell that ends with it.
	leastRisk = resolution / 8
	// blockPenalty is what a further block has to gain in log likelihood.
	blockPenalty = 3.0
	// priorCalls are imagined at risk in every block, with a rate of 1/age.
	priorCalls = 0.3
)

// cell is the finest part of the axis of ages. Sums run from the beginning of
// the axis to its end, so that those of a block are differences.
type cell struct {
	end    float64
	count  float64 // weight of the replies up to its end
	risk   float64 // time at risk up to its end, weighted
	before int     // cell before which the best last block begins
	best   float64 // log likelihood of the best blocks up to its end
}

// blocks finds the blocks of the replies that were observed: none if there are
// none.
func (m *Model) blocks() (from, rates []float64) {
	cells := m.cells()
	if len(cells) == 1 {
		return nil, nil
	}
	partition(cells)
	for i := len(cells) - 1; i > 0; i = cells[i].before {
		a, b := cells[cells[i].before], cells[i]
		width := b.end - a.end
		middle := (a.end + b.end) / 2 //nolint:mnd // that is a middle
		rate := (b.count - a.count + priorCalls*width/middle) / (b.risk - a.risk + priorCalls*width)
		from, rates = append(from, a.end), append(rates, rate)
	}
	slices.Reverse(from)
	slices.Reverse(rates)
	return append(from, cells[len(cells)-1].end), rates
}

// cells cuts the axis before and after every reply; replies nearer to each
// other than the resolution share a cell, and some neighbours if there are
// many. The first cell is an empty one at 0.
func (m *Model) cells() []cell {
	atRisk := 0.0
	for _, l := range m.sorted {
		atRisk += m.weight(l.seq)
	}
	quit := m.exposure()
	cells := make([]cell, 1, 2*len(m.sorted)+1) // a gap and a reply each
	add := func(end, count, early float64) {
		last := cells[len(cells)-1]
		width := end - last.end
		risk := atRisk*width - early + quit(end) - quit(last.end)
		cells = append(cells, cell{end: end, count: last.count + count, risk: last.risk + max(risk, count*leastRisk)})
		atRisk -= count
	}
	for i := 0; i < len(m.sorted); {
		start := cells[len(cells)-1].end
		if lo := m.sorted[i].age - halfway; lo > start {
			add(lo, 0, 0)
			start = lo
		}
		next := m.neighbours(i)
		end := max(m.sorted[next-1].age, start) + halfway
		count, early := 0.0, 0.0
		for ; i < len(m.sorted) && (i < next || m.sorted[i].age < end); i++ {
			w := m.weight(m.sorted[i].seq)
			count += w
			early += w * (end - m.sorted[i].age)
		}
		add(end, count, early)
	}
	return cells
}

// neighbours returns the first reply after i that does not share its cell. What
// a fit costs grows with the square of the cells. A gap that is wide beside
// those around it is never bridged.
func (m *Model) neighbours(i int) int {
	const cells, around, wide = 128, 8, 3
	last := min(i+around, len(m.sorted)-1)
	gap := wide * (m.sorted[last].age - m.sorted[i].age) / around
	next := i + 1
	for ; next < len(m.sorted) && next-i < len(m.sorted)/cells; next++ {
		if m.sorted[next].age-m.sorted[next-1].age > gap {
			break
		}
	}
	return next
}

// exposure returns the time at risk, up to an age, of the calls without reply.
func (m *Model) exposure() func(age float64) float64 {
	weights := make([]float64, len(m.ended))
	for i, l := range m.ended {
		weights[i] = m.weight(l.seq)
	}
	return func(age float64) float64 {
		sum := 0.0
		for i, l := range m.ended {
			sum += weights[i] * min(age, l.age)
		}
		return sum
	}
}

// partition finds the blocks with the greatest likelihood less penalties, by
// dynamic programming. A beginning that was worse than the best blocks up to
// here can never be the best for a later end (Killick, Fearnhead and Eckley
// 2012), so it is struck off.
func partition(cells []cell) {
	starts := []int{0}
	for k := 1; k < len(cells); k++ {
		best, before := math.Inf(-1), 0
		values := make([]float64, len(starts))
		for i, j := range starts {
			values[i] = cells[j].best + likelihood(cells[k].count-cells[j].count, cells[k].risk-cells[j].risk)
			if values[i] > best {
				best, before = values[i], j
			}
		}
		cells[k].best, cells[k].before = best-blockPenalty, before
		kept := 0
		for i, j := range starts {
			if values[i] >= cells[k].best {
				starts[kept] = j
				kept++
			}
		}
		starts = append(starts[:kept], k)
	}
}

// likelihood is the greatest logarithmic one of count replies in a time at risk.
func likelihood(count, risk float64) float64 {
	if count <= 0 || risk <= 0 {
		return 0
	}
	return count * math.Log(count/risk)
}

// Past the slowest call that was seen, the rate is index/age.
const (
	tailPart  = 20   // the slowest twentieth shows the index
	tailMin   = 0.5  // least index
	tailMax   = 6.0  // greatest: a call that is later than all others may be lost
	tailStep  = 1.25 // from block to block
	tailUntil = 1e5  // seconds; no call is waited for so long
	// youngest is the age from which the rate falls when there are no data.
	youngest = 0.001
)

// tail puts blocks of a falling rate behind the others. The index is that of
// Hill (1975, A simple general approach to inference about the tail of a
// distribution), with calls that ended without a reply and one imagined call
// of index 1.
func (m *Model) tail(from, rates []float64) ([]float64, []float64) {
	if len(from) == 0 {
		from, rates = []float64{0, youngest}, []float64{1 / youngest}
	}
	index := m.tailIndex()
	age := from[len(from)-1]
	if known := len(rates); known > 0 {
		// A rate that was low before does not rise at the end of what is known.
		index = min(index, max(rates[known-1]*age, 1))
	}
	from = slices.Clip(from[:len(from)-1])
	for ; age < tailUntil; age *= tailStep {
		from = append(from, age)
		rates = append(rates, index/(age*math.Sqrt(tailStep)))
	}
	return from, rates
}

func (m *Model) tailIndex() float64 {
	n := len(m.sorted)
	if n == 0 {
		return 1
	}
	start := n - 1 - n/tailPart
	base := max(m.sorted[start].age, resolution)
	count, logs := 1.0, 1.0
	for _, l := range m.sorted[start+1:] {
		w := m.weight(l.seq)
		count += w
		logs += w * math.Log(max(l.age, base)/base)
	}
	for _, l := range m.ended {
		logs += m.weight(l.seq) * math.Log(max(l.age, base)/base)
	}
	return min(max(count/logs, tailMin), tailMax)
}
