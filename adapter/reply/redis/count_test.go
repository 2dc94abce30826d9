package redis_test

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/redis"
)

// The clock of the server is set back, or another server takes over whose clock is
// behind: nobody owes the time between.
func TestADebtDoesNotGrowWhenTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	for name, on := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := time.Now()
			s := open(t, on.URL(), redis.Options{Now: func() time.Time { return now }})
			key := rand.Text()
			spend := func(d, want time.Duration) {
				t.Helper()
				got, err := s.Count(t.Context(), reply.Use{Key: key, Replica: "a", Spent: d, For: time.Minute})
				if err != nil || got.Debt != want {
					t.Errorf("%s is owed, want %s: %v", got.Debt, want, err)
				}
			}
			spend(10*time.Second, 10*time.Second)
			now = now.Add(4 * time.Second)
			spend(0, 6*time.Second)
			now = now.Add(-time.Hour)
			spend(time.Second, 7*time.Second)
			now = now.Add(7 * time.Second)
			spend(0, 0)
			now = now.Add(-time.Hour)
			spend(time.Second, time.Second)
		})
	}
}
