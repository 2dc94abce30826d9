package redis

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/homing-dev/homing/adapter/reply"
)

// Replies is an option of runtimes.Main: an app keeps its replies in the server
// that HOMING_STORE names, and shares them with its other processes. Its tenants
// share HOMING_STORE_BYTES. What go-redis reports goes to the log of the app.
func Replies() reply.Driver {
	return reply.Driver{
		Name: "redis.Replies()", Setting: "store",
		Open: func(ctx context.Context, setting func(string) string, log *slog.Logger) (reply.Store, error) {
			logOfClients.Do(func() { redis.SetLogger(clientLog{log}) })
			bytes, err := strconv.ParseInt(cmp.Or(setting("store-bytes"), "0"), 10, 64)
			if err != nil {
				return nil, fmt.Errorf("read how many bytes tenants share: %w", err)
			}
			return Open(ctx, setting("store"), Options{Logger: log, MaxBytes: bytes})
		},
	}
}

// logOfClients sets the log of go-redis, which has one for the process: that of the
// store that was opened first.
var logOfClients sync.Once //nolint:gochecknoglobals // as is what it sets

// clientLog is what go-redis writes to, which has one log for the process: without
// it that is the standard error.
type clientLog struct{ to *slog.Logger }

// Printf implements go-redis's interface.
func (l clientLog) Printf(ctx context.Context, format string, args ...any) {
	if l.to.Enabled(ctx, slog.LevelWarn) {
		l.to.LogAttrs(ctx, slog.LevelWarn, "reply store in Redis: the client reports trouble",
			slog.String("error", fmt.Sprintf(format, args...)))
	}
}
