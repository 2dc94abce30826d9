package replytest

import (
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// NewStore makes the store under test, or a client of it, that takes the time
// from now. It is called once per check, and releases by t.Cleanup what it
// holds.
type NewStore func(t *testing.T, now func() time.Time) reply.Store

// Run checks a store. The checks are subtests of t that run in parallel.
func Run(t *testing.T, newStore NewStore) {
	t.Helper()
	groups := []struct {
		name   string
		checks []check
	}{
		{"Register", registerChecks()},
		{"Complete", completeChecks()},
		{"Event", eventChecks()},
		{"Cancel", cancelChecks()},
		{"Expiry", expiryChecks()},
		{"Collect", collectChecks()},
		{"Notify", notifyChecks()},
		{"Claim", claimChecks()},
		{"Takeover", takeoverChecks()},
		{"Context", contextChecks()},
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
						store: newStore(t, clock.Now),
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
