// Package told notes what replicas tell a reply store of their quotas, so that a
// test can wait until they know of each other.
package told

import (
	"context"
	"sync"
	"testing"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// Counting is the store of one replica, and notes its reports.
type Counting struct {
	reply.Counting

	mu      sync.Mutex
	begun   int   // how many reports have begun
	asked   int64 // of how many calls
	learned int   // the last report whose answer is known to the replica
}

// Count implements [reply.Counting]. The context of a report ends when the replica
// has learned from its answer.
func (c *Counting) Count(ctx context.Context, u reply.Use) (reply.Total, error) {
	c.mu.Lock()
	c.begun++
	c.asked += u.Asked
	report := c.begun
	c.mu.Unlock()
	total, err := c.Counting.Count(ctx, u)
	if err == nil {
		context.AfterFunc(ctx, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.learned = max(c.learned, report)
		})
	}
	return total, err
}

// All waits until the replica has reported so many calls, and has nothing more to say.
func (c *Counting) All(t *testing.T, calls int64) {
	t.Helper()
	wait.Eventually(t, "that all calls are reported", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.asked == calls && c.learned == c.begun
	})
}

// Again waits for a report that begins from now on. There is one only while the
// replica has calls that are under way.
func (c *Counting) Again(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	before := c.begun
	c.mu.Unlock()
	wait.Eventually(t, "that others are asked again", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.learned > before
	})
}
