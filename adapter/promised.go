package adapter

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

const (
	// backlogSweep is how often a backlog that is full is looked through.
	backlogSweep = time.Second
	// backlogLooks is how many of its calls are then looked up: a store may not notify of
	// what has come, and another replica may have cancelled them.
	backlogLooks = 32
)

// promisedCalls are the calls with respond-async that were accepted here and whose replies have
// not come, as far as a quota counts them. It is safe for concurrent use.
type promisedCalls struct {
	mu    sync.Mutex
	calls map[reply.ID]backlogged
	swept time.Time
}

// backlogged is by what a call is counted, and until when.
type backlogged struct {
	meters [2]*meter // of its tenant and its chain, nil for none
	until  time.Time
}

// add counts a call until done is called.
func (p *promisedCalls) add(c *call, meters [2]*meter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[c.id] = backlogged{meters, c.start.Add(c.route.chain.AsyncTimeout)}
	c.backlog = p
}

// done ends that a call is counted, if it is.
func (p *promisedCalls) done(id reply.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end(id)
}

func (p *promisedCalls) end(id reply.ID) {
	for _, m := range p.calls[id].meters {
		m.leave()
	}
	delete(p.calls, id)
}

// sweep ends the calls whose time is over, and returns some of the others, unless that
// was done a moment ago.
func (p *promisedCalls) sweep(now time.Time) (some []reply.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.swept) < backlogSweep {
		return nil
	}
	p.swept = now
	for id, a := range p.calls { // in an order by chance
		if now.After(a.until) {
			p.end(id)
		} else if len(some) < backlogLooks {
			some = append(some, id)
		}
	}
	return some
}

// countBacklog counts a call with respond-async that is about to be accepted, or returns
// why it may not be.
func (a *Adapter) countBacklog(ctx context.Context, c *call) (err error) {
	var meters [2]*meter
	of := [2]*limit{nil, c.route.backlog}
	if q := a.quotas.find(c.tenant); q != nil {
		of[0] = q.backlog
	}
	if !c.ask.prefer.async || of == [2]*limit{} {
		return nil
	}
	for i, who := range [2]string{c.tenant, ""} {
		if of[i] == nil {
			continue
		}
		if meters[i], err = of[i].enter(ctx, who, c.start); err != nil {
			meters[0].leave()
			if some := a.backlog.sweep(c.start); len(some) > 0 {
				go a.lookForEnded(context.WithoutCancel(ctx), some)
			}
			return err
		}
	}
	a.backlog.add(c, meters)
	return nil
}

// lookForEnded looks which calls of the backlog have ended unnoticed.
func (a *Adapter) lookForEnded(ctx context.Context, ids []reply.ID) {
	ctx, cancel := context.WithTimeout(ctx, storePatience)
	defer cancel()
	for _, id := range ids {
		rec, err := a.store.Lookup(ctx, id)
		if err == nil && rec.State != reply.Pending || errors.Is(err, reply.ErrExpired) {
			a.backlog.done(id)
		}
	}
}

// countChain counts a call by the quotas of its chain, and by what may be accepted.
func (a *Adapter) countChain(ctx context.Context, h http.Header, c *call) (err error) {
	if err := c.countRate(ctx, h); err != nil {
		return err
	}
	if l := c.route.running; l != nil {
		if c.counted[1], err = l.enter(ctx, "", c.start); err != nil {
			return err
		}
	}
	return a.countBacklog(ctx, c)
}
