package gateway

import (
	"sync"
	"time"

	"github.com/homing-dev/homing/internal/emulator/template"
)

// bucket is a token bucket: it holds burst tokens at most, and rate more come
// each second. A nil bucket lets everything through. It is safe for concurrent
// use.
type bucket struct {
	rate, burst float64
	now         func() time.Time

	mu     sync.Mutex
	tokens float64
	filled time.Time
}

// newBucket makes a full bucket; nil if t does not limit. A rate without a
// burst lets one call through at a time.
func newBucket(t template.Throttle, now func() time.Time) *bucket {
	if t.Rate == 0 {
		return nil
	}
	burst := max(float64(t.Burst), 1)
	return &bucket{rate: t.Rate, burst: burst, now: now, tokens: burst, filled: now()}
}

// take takes a token, if there is one.
func (b *bucket) take() bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	b.tokens = min(b.burst, b.tokens+b.rate*max(0, now.Sub(b.filled).Seconds()))
	b.filled = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
