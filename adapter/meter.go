package adapter

import (
	"sync"
	"time"
)

// tolerance is by how much the level of a bucket may be off, as it is a sum of many
// fractions.
const tolerance = 1e-6

// meter is what one caller uses of one limit: a token bucket, or how many of its calls
// are there. It is safe for concurrent use.
type meter struct {
	limit *limit

	mu    sync.Mutex
	level float64   // of the bucket, in calls
	at    time.Time // when it had that
	share float64   // of what comes into it
	held  int64     // calls that are there
}

// take takes a call out of the bucket, if there is one, and returns what is left.
func (m *meter) take(now time.Time) (level float64, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if since := now.Sub(m.at); since > 0 {
		m.level = min(m.level+float64(since)*m.limit.perNs*m.share, float64(m.limit.rate.Burst))
		m.at = now
	}
	if ok = m.level > 1-tolerance; ok {
		m.level--
	}
	return m.level, ok
}

// enter lets a call in, as long as there are fewer than the limit.
func (m *meter) enter(time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held >= m.limit.most {
		return false
	}
	m.held++
	return true
}

func (m *meter) leave() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held--
}
