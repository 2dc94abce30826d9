package replytest_test

import (
	"testing"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/replytest"
)

func TestMemoryBodiesKeepBodies(t *testing.T) {
	t.Parallel()
	replytest.RunBodies(t, true, func(_ *testing.T, c replytest.Config) reply.Bodies {
		return &replytest.MemoryBodies{Now: c.Now}
	})
}
