package adapter

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/poller"
)

// waiters are the connections that wait for the outcome of a request by its id:
// those that started it, those that joined it by its idempotency key and those
// that fetch it.
type waiters struct {
	backlog *promisedCalls // nil for none

	mu   sync.Mutex
	byID map[reply.ID][]*waiter
}

// waiter is one of these connections.
type waiter struct {
	id      reply.ID
	outcome chan outcome // gets one outcome at most
	stop    func()       // ends what finds the outcome; nil if the store notifies this process
}

// outcome is what becomes of a request. If reply is nil it was ended without
// one: cancelled, or its key was released before it ran. If err is not nil,
// nobody knows: the store has not said whether its reply counts.
type outcome struct {
	reply     *reply.Reply
	cancelled bool
	err       error
}

// subscribe waits for id from now on, until unsubscribe is called.
func (ws *waiters) subscribe(id reply.ID) *waiter {
	wt := &waiter{id: id, outcome: make(chan outcome, 1)}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.byID[id] = append(ws.byID[id], wt)
	return wt
}

func (ws *waiters) unsubscribe(wt *waiter) {
	ws.mu.Lock()
	others := slices.DeleteFunc(ws.byID[wt.id], func(other *waiter) bool { return other == wt })
	if ws.byID[wt.id] = others; len(others) == 0 {
		delete(ws.byID, wt.id)
	}
	stop := wt.stop
	ws.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// wake wakes everyone who waits for id.
func (ws *waiters) wake(id reply.ID, o outcome) {
	if o.err == nil && ws.backlog != nil {
		ws.backlog.done(id)
	}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for _, wt := range ws.byID[id] {
		select {
		case wt.outcome <- o:
		default: // has one already
		}
	}
}

// size returns the number of connections that wait.
func (ws *waiters) size() (n int) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for _, same := range ws.byID {
		n += len(same)
	}
	return n
}

// await waits for the outcome, and returns it with arrived. Else it returns why
// the wait is over: its time has come, its client has gone, or the server stops.
func (wt *waiter) await(client context.Context, until time.Time, stopped <-chan struct{}) (outcome, input) {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case o := <-wt.outcome:
		return o, arrived
	case <-timer.C:
		return outcome{}, waitEnded
	case <-client.Done():
		return outcome{}, clientGone
	case <-stopped:
		return outcome{}, drained
	}
}

// mailboxes are the mailboxes of other replicas that this one is subscribed to,
// once each, however many of its connections wait there.
type mailboxes struct {
	mu    sync.Mutex
	byBox map[reply.Mailbox]*subscription
}

type subscription struct {
	waiters int
	ready   chan struct{} // closed when the store has been reached, or given up
	stop    func()        // nil until then
}

// subscribing is for how long who waits is held up until the store has been
// reached. What comes before is found when he looks again.
const subscribing = 500 * time.Millisecond

// subscribe has the store notify this replica of what comes to box, until the
// last of those who subscribed has called unsubscribe.
func (m *mailboxes) subscribe(n reply.Notifier, box reply.Mailbox, arrived func(reply.Reply)) (unsubscribe func()) {
	m.mu.Lock()
	s := m.byBox[box]
	if s == nil {
		s = &subscription{ready: make(chan struct{})}
		m.byBox[box] = s
		go m.open(s, n, box, arrived)
	}
	s.waiters++
	m.mu.Unlock()
	timer := time.NewTimer(subscribing)
	defer timer.Stop()
	select {
	case <-s.ready:
	case <-timer.C:
	}
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if s.waiters--; s.waiters > 0 {
			return
		}
		delete(m.byBox, box)
		if s.stop != nil {
			s.stop()
		}
	}
}

// open subscribes s. A store that cannot be reached may take its time for that,
// while nobody waits for it.
func (m *mailboxes) open(s *subscription, n reply.Notifier, box reply.Mailbox, arrived func(reply.Reply)) {
	defer close(s.ready)
	stop := n.Notify(box, arrived)
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.stop = stop; s.waiters == 0 { // they have gone meanwhile
		stop()
	}
}

// observe waits from now on for a request that may be another replica's.
func (a *Adapter) observe(ctx context.Context, id reply.ID, until time.Time) *waiter {
	wt := a.waiters.subscribe(id)
	n, notifies := a.cfg.Store.(reply.Notifier)
	switch {
	case a.poller != nil:
		a.poll(ctx, wt, "", until)
	case notifies && id.Mailbox() != a.cfg.Mailbox:
		wt.stop = a.others.subscribe(n, id.Mailbox(), a.arrived)
	}
	return wt
}

// poll has the store polled for the outcome that wt waits for, if it still
// does. A store that notifies is not polled.
func (a *Adapter) poll(ctx context.Context, wt *waiter, chain string, until time.Time) {
	a.waiters.mu.Lock()
	defer a.waiters.mu.Unlock()
	if a.poller != nil && slices.Contains(a.waiters.byID[wt.id], wt) {
		wt.stop = a.poller.Wait(ctx, poller.Call{ID: wt.id, Chain: chain, Until: until})
	}
}

// arrived is called with every reply that comes to the mailbox of a store that
// notifies.
func (a *Adapter) arrived(r reply.Reply) {
	a.ended(r)
	a.waiters.wake(r.ID, outcome{reply: &r})
}

// found is called with what the poller has found.
func (a *Adapter) found(o poller.Result) {
	if o.Reply != nil {
		a.ended(*o.Reply)
	}
	a.waiters.wake(o.ID, outcome{reply: o.Reply, cancelled: o.Cancelled})
}
