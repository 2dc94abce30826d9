package adapter

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
)

// slowCounter takes its time, and notes whose use was reported in time.
type slowCounter struct {
	*memory.Store

	mu       sync.Mutex
	reported map[string]int
	late     int
}

func (s *slowCounter) Count(ctx context.Context, u reply.Use) (reply.Total, error) {
	select {
	case <-time.After(10 * time.Millisecond):
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		s.late++
		return reply.Total{}, context.Cause(ctx)
	}
	s.reported[u.Key]++
	return s.Store.Count(ctx, u)
}

// More tenants than the store can count in a second share their quotas nevertheless, a
// little later, and it is not said that the store is away.
func TestMoreTenantsThanCanBeSyncedInASecondTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const tenants = 3000 // 16 at once, and 100 in a second of each: 1600
		store := &slowCounter{Store: memory.New(memory.Options{}), reported: map[string]int{}}
		s := newQuotaSync(&Config{Store: store, SharedStore: true, Logger: slog.New(slog.DiscardHandler)})
		l := rateLimit("tenant", "t:", functions.Rate{Requests: 10}, s)
		for range 20 {
			for i := range tenants {
				_ = l.take(t.Context(), nil, fmt.Sprint(i), time.Now())
			}
			time.Sleep(500 * time.Millisecond)
		}
		s.close()
		time.Sleep(5 * time.Second)
		store.mu.Lock()
		defer store.mu.Unlock()
		if len(store.reported) != tenants || store.late > 2*quotasAtOnce { // of the end
			t.Errorf("of %d tenants %d were synced, and %d reports came late", tenants, len(store.reported), store.late)
		}
		least := 100
		for _, n := range store.reported {
			least = min(least, n)
		}
		if least < 3 {
			t.Errorf("one was synced %d times in 10 s", least)
		}
	})
}
