package knative

import (
	"fmt"
	"time"

	"github.com/homing-dev/homing/functions"
)

const (
	// maxTimeout is what Knative lets timeoutSeconds be at most, unless its
	// operator raised max-revision-timeout-seconds (config-defaults).
	maxTimeout = 600 * time.Second
	// margin between two limits, of which the inner one has the better answer.
	margin = 10 * time.Second
	// longPoll is how long the adapter's response may take to begin at least,
	// for calls that wait for a reply by its id.
	longPoll = 290 * time.Second
	// drainMargin is left for answers after the last deadline.
	drainMargin = 5 * time.Second
)

// How the Triggers deliver an event again that a vertex did not take.
const (
	deliveryRetries = 5
	deliveryBackoff = 200 * time.Millisecond
)

func retries() int { return deliveryRetries }

// backoff is the first pause, as ISO 8601 has it.
func backoff() string { return fmt.Sprintf("PT%gS", deliveryBackoff.Seconds()) }

// retrying is how long all pauses are together. Knative doubles them, and counts
// from 0: the first one is the backoff itself.
func retrying() time.Duration { return deliveryBackoff * (1<<deliveryRetries - 1) }

// budget is how long a process may hold a request. Each limit ends later than
// the one before.
type budget struct {
	Work          time.Duration // the longest deadline of its chains
	ResponseStart time.Duration
	Timeout       time.Duration // also the grace period of its pods
	Capped        bool          // a deadline is longer than Knative allows
}

// Drain is how long a process that has to stop goes on.
func (b budget) Drain() string { return (b.Work + drainMargin).String() }

// Delivery is how long the broker waits for the answer to an event.
func (b budget) Delivery() time.Duration { return b.Timeout + margin }

// newBudget leaves margins around work, which must not be longer than
// maxTimeout less both of them.
func newBudget(work time.Duration) budget {
	work = roundUp(work)
	return budget{Work: work, ResponseStart: work + margin, Timeout: work + 2*margin}
}

// adapterBudget is for a process that holds the connections of callers.
func adapterBudget(chains []functions.Chain) (budget, error) {
	var longest time.Duration
	for _, c := range chains {
		timeout := c.WithDefaults().Timeout
		if newBudget(timeout).Timeout > maxTimeout {
			return budget{}, fmt.Errorf("chain %s: a call of %s cannot be held on Knative, which ends requests after %d s; its timeout may be %d s",
				c.Name, timeout, seconds(maxTimeout), seconds(maxTimeout-2*margin))
		}
		longest = max(longest, timeout)
	}
	b := newBudget(max(longest, longPoll-margin))
	b.Work = roundUp(longest)
	return b, nil
}

// vertexBudget is for a process that works on events of chain c: it acknowledges
// them when the work is done, so that it is not stopped before.
func vertexBudget(c functions.Chain) budget {
	c = c.WithDefaults()
	work := max(c.Timeout, c.AsyncTimeout)
	b := newBudget(min(work, maxTimeout-2*margin))
	b.Capped = work > b.Work
	return b
}

// roundUp returns whole seconds.
func roundUp(d time.Duration) time.Duration {
	return (d + time.Second - 1).Truncate(time.Second)
}

func seconds(d time.Duration) int { return int(d / time.Second) }
