package hazard

import (
	"math"
	"slices"
)

// How many of the newest replies are held against the older ones.
const (
	driftFirst = 16
	driftLast  = 64
	// driftCritical is the coefficient of the two-sample Kolmogorov-Smirnov
	// test at a level of about 1 in 10,000: 2·exp(-2·c²).
	driftCritical = 2.2
	driftEvery    = 4 // replies between two tests
)

// dropDrifted forgets the older replies if the newest are not like them.
func (m *Model) dropDrifted() bool {
	if m.seq%driftEvery != 0 {
		return false
	}
	for n := driftFirst; n <= driftLast && len(m.sorted)-n >= driftFirst; n *= 2 {
		older := float64(len(m.sorted) - n)
		if m.distance(n) > driftCritical*math.Sqrt(1/float64(n)+1/older) {
			m.keep(n)
			m.drifts++
			return true
		}
	}
	return false
}

// distance is the greatest one between the distribution functions of the
// newest n replies and the others.
func (m *Model) distance(n int) float64 {
	limit := m.seq - n
	newer, older := 1/float64(n), 1/float64(len(m.sorted)-n)
	diff, most := 0.0, 0.0
	for i, l := range m.sorted {
		if l.seq > limit {
			diff += newer
		} else {
			diff -= older
		}
		if i+1 == len(m.sorted) || m.sorted[i+1].age-l.age > resolution/2 {
			most = max(most, math.Abs(diff))
		}
	}
	return most
}

// keep forgets all but the newest n replies.
func (m *Model) keep(n int) {
	limit := m.seq - n
	old := func(l latency) bool { return l.seq <= limit }
	m.sorted = slices.DeleteFunc(m.sorted, old)
	m.ended = slices.DeleteFunc(m.ended, old)
	m.order = slices.Delete(m.order, 0, len(m.order)-n)
}
