package adapter

import (
	"net/http"
	"time"
)

// contextMargin is how long before the end of the context of a request its
// answer is given.
const contextMargin = 100 * time.Millisecond

// schedule says when the times of c are over, once its route and what its
// caller asks for are known, and who carries it.
//
// Two times are not to be mixed up: at its deadline the work stops being
// wanted; the hold is the end of this connection. Where the process is frozen
// after the answer, the first cannot be behind the second for work that runs
// here.
func (a *Adapter) schedule(r *http.Request, c *call) {
	prefer := &c.ask.prefer
	c.deadline = c.start.Add(c.ask.timeout(c.route))
	c.carrier = c.route.carrier
	limit, limited := a.platformLimit(r, c)
	switch {
	case c.route.detached == nil:
	case prefer.async || prefer.waits:
		c.carrier = c.route.detached
	default:
		c.ends = true
		if limited && limit.Before(c.deadline) {
			c.deadline = limit
		}
	}
	c.hold = c.answerUntil()
	if prefer.waits {
		c.hold = earlier(c.hold, c.start.Add(prefer.wait))
	} else if prefer.async {
		c.hold = c.start
	}
	if limited {
		c.hold = earlier(c.hold, limit)
	}
}

// platformLimit is when the platform ends the connection of r.
func (a *Adapter) platformLimit(r *http.Request, c *call) (limit time.Time, limited bool) {
	if a.cfg.MaxWait > 0 {
		limit, limited = c.start.Add(a.cfg.MaxWait), true
	}
	if end, ok := r.Context().Deadline(); ok {
		end = end.Add(-contextMargin)
		if !limited || end.Before(limit) {
			limit, limited = end, true
		}
	}
	return limit, limited
}

func earlier(t, u time.Time) time.Time {
	if u.Before(t) {
		return u
	}
	return t
}

// holdAtMost cuts a wait down to how long the connection of r may be held.
func (a *Adapter) holdAtMost(r *http.Request, wait time.Duration) time.Duration {
	if a.cfg.MaxWait > 0 {
		wait = min(wait, a.cfg.MaxWait)
	}
	if end, ok := r.Context().Deadline(); ok {
		wait = min(wait, time.Until(end)-contextMargin)
	}
	return wait
}
