// Package replies opens the reply store that a process shares with others, by
// the setting HOMING_STORE.
package replies

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/homing-dev/homing/adapter/reply/redis"
	"github.com/homing-dev/homing/internal/settings"
)

// Open opens the store that a process is to use, and closes it by the function
// that it returns. The store is nil if none is set: then the runtime has its own.
func Open(ctx context.Context, cfg settings.Config, log *slog.Logger) (s *redis.Store, closeStore func(), err error) {
	if cfg.SharedStoreURL == "" {
		return nil, func() {}, nil
	}
	s, err = redis.Open(ctx, cfg.SharedStoreURL, redis.Options{Logger: log})
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", settings.Variable("store"), err)
	}
	return s, func() {
		if err := s.Close(); err != nil {
			log.LogAttrs(context.WithoutCancel(ctx), slog.LevelWarn, "the reply store was not closed", slog.Any("error", err))
		}
	}, nil
}
