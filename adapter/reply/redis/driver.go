package redis

import (
	"context"

	"github.com/homing-dev/homing/adapter/reply"
)

// Replies is an option of runtimes.Main: an app keeps its replies in the server
// that HOMING_STORE names, and shares them with its other processes.
func Replies() reply.Driver {
	return reply.Driver{
		Name: "redis.Replies()", Setting: "store",
		Open: func(ctx context.Context, setting func(string) string) (reply.Store, error) {
			return Open(ctx, setting("store"), Options{})
		},
	}
}
