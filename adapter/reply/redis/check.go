package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/homing-dev/homing/adapter/reply"
)

// oldest is the oldest version of Redis whose scripts have flags.
const oldest = 7

// checkServer returns an error if a server cannot be used, and warns of what it
// may lose.
func (s *Store) checkServer(ctx context.Context, client *redis.Client) error {
	text, err := client.Info(ctx, "server", "memory", "persistence").Result()
	switch {
	case err == nil:
	case redis.HasErrorPrefix(err, "NOPERM"), redis.HasErrorPrefix(err, "unknown command"):
		s.opts.Logger.LogAttrs(ctx, slog.LevelInfo, "reply store in Redis: the user may not see how the server is configured")
		return nil
	default:
		return failed("open", err)
	}
	info := parseInfo(text)
	if major, err := strconv.Atoi(strings.Split(info["redis_version"], ".")[0]); err == nil && major < oldest {
		return failed("open", fmt.Errorf("the server is of version %s; Redis %d or Valkey is needed", info["redis_version"], oldest))
	}
	warn := func(text string, attrs ...slog.Attr) {
		s.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "reply store in Redis: "+text, attrs...)
	}
	if policy := info["maxmemory_policy"]; policy != "" && policy != "noeviction" {
		warn("the server may evict replies before they expire when its memory is full; set maxmemory-policy to noeviction",
			slog.String("set", policy))
	}
	if info["aof_enabled"] == "0" {
		warn("a server that is killed forgets what came since its last snapshot, and all if it takes none; set appendonly to yes")
	}
	return nil
}

// checkRights returns an error if the user may not run scripts on the keys of the
// prefix, or not publish to its channels, by doing both where nobody looks.
func (s *Store) checkRights(ctx context.Context) error {
	nobody := reply.NewID(time.Now(), reply.NewMailbox())
	_, err := s.lookup(ctx, "open", "", nobody)
	if err == nil {
		err = s.client.SPublish(ctx, s.boxKey(nobody.Mailbox(), "s"), "").Err()
	}
	if redis.HasErrorPrefix(err, "NOPERM") {
		return failed("open", fmt.Errorf("the user lacks a right that the documentation of package redis lists: %w", err))
	}
	return err
}

// parseInfo reads the lines of INFO.
func parseInfo(text string) map[string]string {
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[name] = value
		}
	}
	return info
}

// errClient means that a store cannot work with a kind of client.
var errClient = errors.New("the reply store in Redis needs a *redis.Client or a *redis.ClusterClient")
