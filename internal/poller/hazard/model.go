package hazard

import (
	"math"
	"slices"
	"time"
)

// Bounds of what a model remembers.
const (
	window   = 512 // replies
	censored = 64  // calls that ended without one
	halfLife = 256 // replies after which one weighs half
)

// When a new curve is fitted: after every reply at first, then when an eighth
// of what is known is new; a full window not more often than refitPause, since
// a fit takes a fraction of a millisecond.
const (
	refitPart  = 8
	refitPause = 250 * time.Millisecond
)

// latency is an age at which a reply came, or up to which none did.
type latency struct {
	age float64
	seq int // of the newest reply at that time
}

// Model learns the latency of one chain. The zero value has no data and is
// ready to use. It needs about 20 KB at most.
type Model struct {
	seq     int       // replies that were observed, ever
	sorted  []latency // replies, by age
	order   []float64 // their ages, oldest reply first
	ended   []latency // without a reply, oldest first
	curve   *Curve
	fitted  int // seq of the last fit
	fitTime time.Duration
	drifts  int
}

// Observe learns the age, in seconds, at which a reply was there. now is any
// monotonic time.
func (m *Model) Observe(now time.Duration, age float64) {
	age = min(max(age, 0), tailUntil)
	m.seq++
	if len(m.order) == window {
		m.forget(m.order[0])
		m.order = slices.Delete(m.order, 0, 1)
	}
	m.order = append(m.order, age)
	i := m.search(age)
	m.sorted = slices.Insert(m.sorted, i, latency{age, m.seq})
	if m.dropDrifted() || m.stale(now) {
		m.fit(now)
	}
}

// Censor learns that a call had no reply up to an age, in seconds, and was
// waited for no longer.
func (m *Model) Censor(age float64) {
	if age <= 0 {
		return
	}
	if len(m.ended) == censored {
		m.ended = slices.Delete(m.ended, 0, 1)
	}
	m.ended = append(m.ended, latency{min(age, tailUntil), m.seq})
}

// Curve is what is known by now.
func (m *Model) Curve() *Curve {
	if m.curve == nil {
		m.fit(0)
	}
	return m.curve
}

// Replies is how many latencies the model knows now.
func (m *Model) Replies() int { return len(m.sorted) }

// Drifts is how often older latencies were forgotten because the newer ones
// differ from them.
func (m *Model) Drifts() int { return m.drifts }

func (m *Model) stale(now time.Duration) bool {
	fresh := m.seq - m.fitted
	if fresh < max(1, len(m.sorted)/refitPart) {
		return false
	}
	return len(m.sorted) < window || now-m.fitTime >= refitPause
}

// search returns the place after all replies of at most that age.
func (m *Model) search(age float64) int {
	i, _ := slices.BinarySearchFunc(m.sorted, age, func(l latency, age float64) int {
		if l.age <= age {
			return -1
		}
		return 1
	})
	return i
}

// forget takes the oldest reply, which has that age, out of the sorted ones.
func (m *Model) forget(age float64) {
	oldest := m.search(age) - 1
	for i := oldest; i >= 0 && m.sorted[i].age == age; i-- {
		if m.sorted[i].seq < m.sorted[oldest].seq {
			oldest = i
		}
	}
	m.sorted = slices.Delete(m.sorted, oldest, oldest+1)
}

// weight of what was learned when the newest reply was seq.
func (m *Model) weight(seq int) float64 {
	return math.Exp2(-float64(m.seq-seq) / halfLife)
}

func (m *Model) fit(now time.Duration) {
	m.fitted, m.fitTime = m.seq, now
	from, rates := m.blocks()
	m.curve = NewCurve(m.tail(from, rates))
}

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
			m.keepNewest(n)
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

// keepNewest forgets all but the newest n replies.
func (m *Model) keepNewest(n int) {
	limit := m.seq - n
	old := func(l latency) bool { return l.seq <= limit }
	m.sorted = slices.DeleteFunc(m.sorted, old)
	m.ended = slices.DeleteFunc(m.ended, old)
	m.order = slices.Delete(m.order, 0, len(m.order)-n)
}
