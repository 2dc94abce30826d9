package redis_test

import (
	"strings"
	"testing"

	"github.com/homing-dev/homing/adapter/reply/redis"
	"github.com/homing-dev/homing/internal/letterbox"
	"github.com/homing-dev/homing/internal/letterbox/boxtest"
)

func TestLettersAreKeptAsPromised(t *testing.T) {
	t.Parallel()
	for name, on := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			boxtest.Run(t, func(t *testing.T, box string, c boxtest.Config) letterbox.Box {
				prefix := strings.Map(func(r rune) rune {
					if r == ' ' || r == '/' {
						return '-'
					}
					return r
				}, box) + ":"
				return open(t, on.URL(), redis.Options{Now: c.Now, Prefix: prefix}).Letters(c.Limits)
			})
		})
	}
}
