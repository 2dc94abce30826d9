package sam

import (
	"fmt"
	"time"

	"github.com/homing-dev/homing/functions"
)

const (
	// maxTimeout is how long Lambda lets a function run (Lambda quotas).
	maxTimeout = 900 * time.Second
	// margin is what a function has left after the deadline of its event, to
	// write that it passed.
	margin = 10 * time.Second

	// apiTimeout is when an HTTP API gives up on a function (API Gateway
	// quotas). Each limit below ends before the one above, whose answer is worse.
	apiTimeout     = 30 * time.Second
	adapterTimeout = 29 * time.Second
	adapterWait    = 28 * time.Second

	// A function URL has no limit but that of the function. Watchers of a
	// longer call come back with Last-Event-ID.
	streamTimeout = 300 * time.Second
	streamWait    = 290 * time.Second

	// failureTimeout is for two writes, each tried again for seconds.
	failureTimeout = 60 * time.Second

	// minEventAge is the least that Lambda takes for MaximumEventAgeInSeconds.
	minEventAge = 60 * time.Second
	// maxEventAge is the most, which is the default, too.
	maxEventAge = 6 * time.Hour
)

// budget is how long the functions that work may take.
type budget struct {
	sync     time.Duration // the latest deadline of a call that is waited for
	deadline time.Duration // the latest of the chains', as far as a function can run
	timeout  time.Duration // of a function that runs steps
	capped   []string      // chains whose async calls may want longer
}

// newBudget leaves room around the deadlines of chains. A call that is waited
// for must fit in; an async one may be cut by Lambda, and is answered then.
func newBudget(chains []functions.Chain) (budget, error) {
	var b budget
	for _, c := range chains {
		c = c.WithDefaults()
		if c.Timeout > maxTimeout-margin {
			return budget{}, fmt.Errorf("chain %s: a call of %s cannot be run on Lambda, which ends a function after %d s; its timeout may be %d s",
				c.Name, c.Timeout, seconds(maxTimeout), seconds(maxTimeout-margin))
		}
		longest := max(c.Timeout, c.AsyncTimeout)
		if longest > maxTimeout-margin {
			b.capped = append(b.capped, c.Name)
		}
		b.sync = max(b.sync, c.Timeout)
		b.deadline = max(b.deadline, min(longest, maxTimeout))
	}
	b.deadline = roundUp(b.deadline)
	b.timeout = min(b.deadline+margin, maxTimeout)
	return b, nil
}

// eventAge is for how long an event of the chains may wait for a free run, in seconds:
// until the latest deadline that a call of them has, for then nobody wants it.
func eventAge(chains ...functions.Chain) int {
	age := minEventAge
	for _, c := range chains {
		c = c.WithDefaults()
		age = max(age, roundUp(max(c.Timeout, c.AsyncTimeout)))
	}
	return seconds(min(age, maxEventAge))
}

// roundUp returns whole seconds.
func roundUp(d time.Duration) time.Duration {
	return (d + time.Second - 1).Truncate(time.Second)
}

func seconds(d time.Duration) int { return int(d / time.Second) }
