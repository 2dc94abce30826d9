package dynamodb_test

import (
	"testing"

	"github.com/homing-dev/homing/adapter/reply/dynamodb"
	"github.com/homing-dev/homing/internal/letterbox"
	"github.com/homing-dev/homing/internal/letterbox/boxtest"
)

func TestLettersAreKeptAsPromised(t *testing.T) {
	t.Parallel()
	for _, on := range servers() {
		t.Run(on.name, func(t *testing.T) {
			t.Parallel()
			boxtest.Run(t, func(t *testing.T, box string, c boxtest.Config) letterbox.Box {
				return dynamodb.LettersForTest(newStore(t, on.client, dynamodb.Options{Now: c.Now}), box, c.Limits)
			})
		})
	}
}
