package schedule

// meanPart is what a new value weighs.
const meanPart = 0.05

// mean of the last values, newer ones with more weight.
type mean struct {
	value float64
	n     int
}

func (m *mean) learn(v float64) {
	m.n++
	m.value += (v - m.value) * max(meanPart, 1/float64(m.n))
}
