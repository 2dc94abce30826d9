package replytest

import (
	"sync"
	"time"
)

// clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

// newClock starts at the present, as a shared table may be swept by a real
// clock, and in whole seconds, as some stores keep no more.
func newClock() *clock {
	return &clock{now: time.Now().UTC().Truncate(time.Second)}
}

// Now is the clock that a store gets.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
