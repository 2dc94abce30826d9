//go:build !race

// The race detector's instrumentation makes NewID allocate.

package reply_test

import (
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

func TestNewIDAllocatesNothing(t *testing.T) { //nolint:paralleltest // AllocsPerRun counts those of all goroutines.
	now := time.Now()
	if got := testing.AllocsPerRun(1000, func() { _ = reply.NewID(now, 7) }); got != 0 {
		t.Errorf("NewID allocates %v times, want 0", got)
	}
}
