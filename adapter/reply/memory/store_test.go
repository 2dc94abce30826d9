package memory_test

import (
	"testing"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/adapter/reply/replytest"
	"github.com/homing-dev/homing/tests/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

func TestStoreKeepsEveryPromise(t *testing.T) {
	t.Parallel()
	replytest.Run(t, func(_ *testing.T, c replytest.Config) reply.Store {
		return memory.New(memory.Options{Now: c.Now, MaxReply: c.MaxReply})
	})
}
