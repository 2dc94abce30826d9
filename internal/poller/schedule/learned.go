package schedule

import "math"

// What is known of the price of a scan before one was made: an eventually
// consistent read of DynamoDB takes half a unit for each 4 KB or part of it,
// and replies are taken for 1 KB.
const (
	firstUnits = 0.5
	firstSlope = 0.125
)

// unitsDecay is what a scan weighs after the next.
const unitsDecay = 0.98

// scanUnits learns what a scan takes: a part for each reply that it returns,
// and a part for itself, by least squares over the last scans.
type scanUnits struct {
	n, k, u, kk, ku float64
	again           float64 // replies that were returned before
}

func (l *scanUnits) learn(replies, again int, units float64) {
	k := float64(replies)
	l.n = l.n*unitsDecay + 1
	l.k = l.k*unitsDecay + k
	l.u = l.u*unitsDecay + units
	l.kk = l.kk*unitsDecay + k*k
	l.ku = l.ku*unitsDecay + k*units
	l.again = l.again*unitsDecay + float64(again)
}

// slope is the price of one reply in a scan.
func (l *scanUnits) slope() float64 {
	const enough, spread = 8, 1
	if l.n < enough {
		return firstSlope
	}
	variance := l.kk/l.n - l.k/l.n*l.k/l.n
	if variance < spread {
		return max(0, l.u/l.n-firstUnits) / max(1, l.k/l.n)
	}
	return max(0, (l.ku/l.n-l.k/l.n*l.u/l.n)/variance)
}

// fixed is the price of a scan that finds nothing.
func (l *scanUnits) fixed() float64 {
	if l.n == 0 {
		return firstUnits
	}
	return max(firstUnits/4, l.u/l.n-l.slope()*l.k/l.n) //nolint:mnd // less than a read can take
}

// price is that of a scan less what the replies take that it is there to find:
// by when it is made this does not change.
func (l *scanUnits) price() float64 {
	again := 0.0
	if l.n > 0 {
		again = l.again / l.n
	}
	return l.fixed() + l.slope()*again
}

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

// Pause after reads that failed, in seconds: it doubles, and half of it is left
// to chance so that adapters do not come back at the same time.
const (
	pauseFirst = 0.05
	pauseMost  = 5.0
)

// backoff keeps reads away from a store that throttles or fails.
type backoff struct {
	failures int
	until    float64
}

// failed notes that a read made at some time has failed now. Of reads that ran
// at once only the first counts.
func (b *backoff) failed(made, now, random float64) {
	if made < b.until && b.failures > 0 {
		return
	}
	pause := min(pauseFirst*math.Exp2(float64(b.failures)), pauseMost)
	b.failures = min(b.failures+1, 16) //nolint:mnd // far past the longest pause
	b.until = now + pause*(1+random)/2 //nolint:mnd // half is chance
}

func (b *backoff) worked() { b.failures = 0 }
