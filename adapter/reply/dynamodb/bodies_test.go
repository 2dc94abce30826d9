package dynamodb_test

import (
	"testing"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/dynamodb"
	"github.com/homing-dev/homing/adapter/reply/replytest"
)

func TestTheTableKeepsBodies(t *testing.T) {
	t.Parallel()
	for _, on := range servers() {
		t.Run(on.name, func(t *testing.T) {
			t.Parallel()
			replytest.RunBodies(t, true, func(t *testing.T, c replytest.Config) reply.Bodies {
				return newStore(t, on.client, dynamodb.Options{Now: c.Now})
			})
		})
	}
}
