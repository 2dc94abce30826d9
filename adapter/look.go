package adapter

import (
	"context"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/poller"
)

// look has the store polled for the reply of c, which runs elsewhere, until its
// connection is answered. A store that tells of replies is not polled.
func (a *Adapter) look(ctx context.Context, c *call) {
	if a.poller == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.left && c.unlook == nil {
		c.unlook = a.poller.Wait(ctx, poller.Call{ID: c.id, Chain: c.route.chain.Name, Until: c.hold})
	}
}

// leave says that the connection of c does not wait any more.
func (c *call) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = true
	if c.unlook != nil {
		c.unlook()
		c.unlook = nil
	}
}

// found hears of what the poller has found.
func (a *Adapter) found(o poller.Result) {
	a.room.deliver(o.ID, outcome{reply: o.Reply, cancelled: o.Cancelled})
}

// join waits for a request that may be another replica's, until then. The
// caller must leave.
func (a *Adapter) join(ctx context.Context, id reply.ID, until time.Time) (wt *waiter, leave func()) {
	wt = a.room.join(id)
	stop := func() {}
	n, notifies := a.store.(reply.Notifier)
	switch {
	case a.poller != nil:
		stop = a.poller.Wait(ctx, poller.Call{ID: id, Until: until})
	case notifies && id.Mailbox() != a.cfg.Mailbox:
		stop = n.Notify(id.Mailbox(), a.arrived)
	}
	return wt, func() {
		stop()
		a.room.leave(wt)
	}
}

// arrived hears of the replies that come to the store.
func (a *Adapter) arrived(r reply.Reply) { a.room.deliver(r.ID, outcome{reply: &r}) }
