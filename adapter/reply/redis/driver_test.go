package redis_test

import (
	"io"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/redis"
	"github.com/homing-dev/homing/tests/redisserver"
)

// The log of go-redis is one of the process, so this test runs alone.
func TestWhatTheClientReportsGoesToTheLogOfTheApp(t *testing.T) { //nolint:paralleltest // it replaces what the process has one of
	t.Cleanup(func() { goredis.SetLogger(silence{}) })
	s, log := start(t, redisserver.Options{}), &logged{}
	set := map[string]string{"store": s.URL(), "store-bytes": "1000000"}
	store, err := redis.Replies().Open(t.Context(), func(name string) string { return set[name] }, log.logger())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.text(), "appendonly") {
		t.Errorf("a server without appendonly is not warned of: %s", log.text())
	}
	s.Kill()
	if err := store.Complete(t.Context(), newReply(reply.NewMailbox(), 1)); err == nil {
		t.Error("a killed server takes a reply")
	}
	if !strings.Contains(log.text(), "the client reports trouble") {
		t.Errorf("what the client reports is not in the log: %s", log.text())
	}
	if err := store.(io.Closer).Close(); err != nil {
		t.Error(err)
	}
}
