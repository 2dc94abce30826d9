package redis_test

import (
	"testing"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/redis"
	"github.com/homing-dev/homing/adapter/reply/replytest"
)

func TestStoreKeepsEveryPromise(t *testing.T) {
	t.Parallel()
	for name, on := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			replytest.Run(t, func(t *testing.T, c replytest.Config) reply.Store {
				return open(t, on.URL(), redis.Options{Now: c.Now, MaxReply: c.MaxReply})
			})
		})
	}
}
