package dynamodb_test

import (
	"testing"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/dynamodb"
	"github.com/homing-dev/homing/adapter/reply/replytest"
)

func TestStoreKeepsEveryPromise(t *testing.T) {
	t.Parallel()
	for _, on := range servers() {
		t.Run(on.name, func(t *testing.T) {
			t.Parallel()
			replytest.Run(t, func(t *testing.T, c replytest.Config) reply.Store {
				return newStore(t, on.client, dynamodb.Options{Now: c.Now, MaxReply: c.MaxReply})
			})
		})
	}
}
