package schedule

// What is known of the price of a look before one was made: an eventually
// consistent read of DynamoDB takes half a unit for each 4 KB or part of it,
// and replies are taken for 1 KB.
const (
	firstUnits = 0.5
	firstSlope = 0.125
)

// unitsDecay is what a look weighs after the next.
const unitsDecay = 0.98

// lookUnits learns what a look at a mailbox takes: a part for each reply that
// it gives, and a part for itself, by least squares over the last looks.
type lookUnits struct {
	n, k, u, kk, ku float64
	again           float64 // replies that were given before
}

func (l *lookUnits) learn(replies, again int, units float64) {
	k := float64(replies)
	l.n = l.n*unitsDecay + 1
	l.k = l.k*unitsDecay + k
	l.u = l.u*unitsDecay + units
	l.kk = l.kk*unitsDecay + k*k
	l.ku = l.ku*unitsDecay + k*units
	l.again = l.again*unitsDecay + float64(again)
}

// slope is the price of one reply in a look.
func (l *lookUnits) slope() float64 {
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

// fixed is the price of a look that finds nothing.
func (l *lookUnits) fixed() float64 {
	if l.n == 0 {
		return firstUnits
	}
	return max(firstUnits/4, l.u/l.n-l.slope()*l.k/l.n) //nolint:mnd // less than a read can take
}

// look is the price of a look less what the replies take that it is there to
// find: by when it is made this does not change.
func (l *lookUnits) look() float64 {
	again := 0.0
	if l.n > 0 {
		again = l.again / l.n
	}
	return l.fixed() + l.slope()*again
}
