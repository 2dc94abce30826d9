package hazard

import (
	"math"
	"slices"
)

// Past the slowest call that was seen, the rate is index/age.
const (
	tailPart  = 20   // the slowest twentieth tells the index
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
