package replytest

import (
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// Config is what the store under test is made with.
type Config struct {
	// Now is the clock of the store.
	Now func() time.Time
	// MaxReply is how large a reply the store takes, in bytes, however it
	// counts attributes and progress; 0 means the store's own default, which
	// is 2 MiB or more.
	MaxReply int64
}

// NewStore creates the store under test, or a client of it. It is called once
// per check, and releases by t.Cleanup what it holds.
type NewStore func(t *testing.T, c Config) reply.Store

// Run checks a store. The checks are subtests of t that run in parallel.
func Run(t *testing.T, newStore NewStore) {
	t.Helper()
	groups := []struct {
		name     string
		checks   []check
		maxReply int64
	}{
		{"Register", registerChecks(), 0},
		{"Complete", completeChecks(), 0},
		{"TooLarge", tooLargeChecks(), maxReply},
		{"Event", eventChecks(), 0},
		{"Cancel", cancelChecks(), 0},
		{"Expiry", expiryChecks(), 0},
		{"Collect", collectChecks(), 0},
		{"Notify", notifyChecks(), 0},
		{"Claim", claimChecks(), 0},
		{"Takeover", takeoverChecks(), 0},
		{"Context", contextChecks(), 0},
		{"Count", countChecks(), 0},
	}
	for _, group := range groups {
		t.Run(group.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range group.checks {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					clock := newClock()
					c.run(&trial{
						T:     t,
						store: newStore(t, Config{Now: clock.Now, MaxReply: group.maxReply}),
						clock: clock,
						box:   reply.NewMailbox(),
					})
				})
			}
		})
	}
}

// check is one promise of a store.
type check struct {
	name string
	run  func(*trial)
}
