package redis_test

import (
	"testing"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/redis"
	"github.com/homing-dev/homing/adapter/reply/replytest"
)

// Bodies expire by the server's clock alone, which no test can set.
func TestTheServerKeepsBodies(t *testing.T) {
	t.Parallel()
	for name, on := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			replytest.RunBodies(t, false, func(t *testing.T, _ replytest.Config) reply.Bodies {
				return open(t, on.URL(), redis.Options{})
			})
		})
	}
}
