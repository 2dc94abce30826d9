package adapter

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/httpbody"
)

// accept makes a call of a plain HTTP request, or answers why not and gives nil.
func (a *Adapter) accept(w http.ResponseWriter, r *http.Request, rt *route) *call {
	tenant, ok := a.admit(w, r)
	if !ok {
		return nil
	}
	c := a.begin(w, tenant)
	if c == nil {
		return nil
	}
	c.route = rt
	if err := a.read(w, r, c); err != nil {
		a.calls.remove(c)
		a.fail(w, &c.exchange, err)
		return nil
	}
	if c.stopped() != nil {
		a.refuseStopped(w, c)
		return nil
	}
	return c
}

// read reads the request of c.
func (a *Adapter) read(w http.ResponseWriter, r *http.Request, c *call) error {
	if err := c.ask.read(r); err != nil {
		return err
	}
	if err := c.route.permit(c.tenant); err != nil {
		return err
	}
	data, err := httpbody.Read(w, r, c.route.maxBody)
	if err != nil {
		return err //nolint:wrapcheck // a problem already
	}
	a.schedule(r, c)
	c.in, err = newEvent(c.route, r, c, data)
	return err
}

// ask is how the caller wants to be answered.
type ask struct {
	prefer prefer
	key    string
}

func (q *ask) read(r *http.Request) (err error) {
	if q.prefer, err = parsePrefer(r.Header); err != nil {
		return err
	}
	q.key, err = idempotencyKey(r.Header)
	return err
}

// timeout is from the start of a call to its deadline.
func (q *ask) timeout(rt *route) time.Duration {
	if q.prefer.async {
		return rt.chain.AsyncTimeout
	}
	return rt.chain.Timeout
}

// begin takes a call in, or answers why not and gives nil.
func (a *Adapter) begin(w http.ResponseWriter, tenant string) *call {
	c := a.newCall(tenant)
	added := a.calls.add(c)
	if a.isDraining() { // asked after the call was counted, so that Drain cannot miss it
		if added {
			a.calls.remove(c)
		}
		w.Header().Set("Connection", "close")
		a.fail(w, &exchange{}, errDraining)
		return nil
	}
	if !added {
		a.fail(w, &exchange{}, tooManyCalls())
		return nil
	}
	return c
}

func tooManyCalls() error {
	return &functions.Error{RetryAfter: time.Second, Problem: functions.Problem{
		Status: http.StatusTooManyRequests,
		Detail: "the server runs as many calls as it may; try again later",
	}}
}

// serve runs a call and answers it.
func (a *Adapter) serve(w http.ResponseWriter, r *http.Request, c *call) {
	switch {
	case c.ask.plain():
		a.held(w, r, c)
	case c.ask.key != "":
		a.keyed(w, r, c)
	default:
		a.detached(w, r, c)
	}
}

// plain says whether the caller wants nothing but the answer in this call.
func (q *ask) plain() bool {
	return q.key == "" && !q.prefer.async && !q.prefer.waits
}

// refuseStopped answers a call that was stopped while its body was read.
func (a *Adapter) refuseStopped(w http.ResponseWriter, c *call) {
	a.calls.remove(c)
	w.Header().Set("Connection", "close")
	a.fail(w, &c.exchange, c.stopped())
}

// register makes the store promise to keep the reply of c. The caller holds
// c.mu.
func (a *Adapter) register(ctx context.Context, c *call) error {
	if c.registered {
		return nil
	}
	err := a.store.Register(ctx, a.request(c))
	if errors.Is(err, reply.ErrCompleted) { // by another replica, or by a vertex whose reply has not been seen yet
		c.came, err = true, nil
	}
	if err != nil {
		return storeError(err)
	}
	c.registered = true
	return nil
}

// lateRegister is for how long the registration of a call is tried whose caller
// is to be answered now. A store has more patience, but the caller must hear
// before its platform gives up.
const lateRegister = 300 * time.Millisecond

// registerLate is register for a call whose wait has ended.
func (a *Adapter) registerLate(ctx context.Context, c *call) error {
	ctx, cancel := context.WithTimeout(ctx, lateRegister)
	defer cancel()
	return a.register(ctx, c)
}

func (a *Adapter) request(c *call) reply.Request {
	return reply.Request{
		ID: c.id, Tenant: c.tenant, Chain: c.route.chain.Name, Key: c.key,
		Deadline: c.deadline, Expires: c.deadline.Add(a.cfg.Retention),
	}
}

// storeRetryAfter is what a caller hears when the reply store has no room or
// cannot be reached.
const storeRetryAfter = 5 * time.Second

// storeError is what a caller hears of an error of the reply store.
func storeError(err error) error {
	if errors.Is(err, context.Canceled) { // only a client that has gone away ends the context of a request
		return errClientGone
	}
	detail := "the reply store cannot be reached; try again later"
	if errors.Is(err, reply.ErrFull) {
		detail = "the reply store is full; try again later, or call without Prefer and Idempotency-Key"
	}
	return &functions.Error{RetryAfter: storeRetryAfter, Cause: err, Problem: functions.Problem{
		Status: http.StatusServiceUnavailable, Detail: detail,
	}}
}
