package remote

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/backoff"
)

const (
	// openTimeout is for how long Notify waits for the server.
	openTimeout = 5 * time.Second
	// pollWait is how long the server is asked to hold a call, and pollGrace
	// what is added to it before the connection is given up as dead.
	pollWait  = 20 * time.Second
	pollGrace = 10 * time.Second
	// askEvery is how often a store is asked that wakes nobody.
	askEvery = time.Second

	longestPause = 5 * time.Second
)

// listeners are those of one client, which end with it.
type listeners struct {
	ctx     context.Context //nolint:containedctx // of what nobody's call asks for
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu    sync.Mutex
	boxes map[reply.Mailbox][]*listener
}

func (ls *listeners) start() {
	// A listener belongs to no call that could carry a context, so it has that
	// of a request without one.
	ls.ctx, ls.cancel = context.WithCancel(new(http.Request).Context())
	ls.boxes = map[reply.Mailbox][]*listener{}
}

// add returns false if the client is closed; else ls.running.Done must be called
// when the listener ends.
func (ls *listeners) add(box reply.Mailbox, l *listener) bool {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.ctx.Err() != nil {
		return false
	}
	ls.boxes[box] = append(slices.Clip(ls.boxes[box]), l)
	ls.running.Add(1)
	return true
}

func (ls *listeners) remove(box reply.Mailbox, l *listener) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	rest := slices.DeleteFunc(slices.Clone(ls.boxes[box]), func(other *listener) bool { return other == l })
	if len(rest) == 0 {
		delete(ls.boxes, box)
		return
	}
	ls.boxes[box] = rest
}

func (ls *listeners) close() {
	ls.mu.Lock()
	ls.cancel()
	clear(ls.boxes)
	ls.mu.Unlock()
	ls.running.Wait()
}

// Notify implements [reply.Notifier] by a connection of its own that is held
// open. arrived is called once for every reply of the mailbox, on the goroutine
// of Complete if the reply is put through this client, else on one that reads
// what the server sends; it may be called by both at once, for different
// replies. It may use the client, but not close it.
//
// Notify waits for the server, for some seconds at most: replies from before
// arrive only if the server could not be reached then, as they cannot be
// distinguished from new ones. A connection that breaks is opened again and goes on where it
// was. If the server lost the place (it was restarted, or nothing came from the
// client for minutes, or tens of thousands of replies arrived at once) what is
// in the mailbox and has not arrived yet arrives then. The latest 131,072
// arrivals are remembered; of a mailbox with more at once some may arrive again
// after such a loss.
//
// stop does not wait: an arrived that is running goes on.
func (c *Client) Notify(box reply.Mailbox, arrived func(reply.Reply)) (stop func()) {
	l := newListener(arrived)
	ctx, cancel := context.WithCancel(c.listeners.ctx)
	if !c.listeners.add(box, l) {
		return cancel
	}
	opening, opened := context.WithTimeout(ctx, c.open)
	answer, _, err := c.getArrivals(opening, box, "")
	opened()
	if err == nil {
		for _, id := range answer.Present {
			l.remember(id, nil)
		}
	}
	go func() {
		defer c.listeners.running.Done()
		defer cancel()
		c.follow(ctx, box, l, answer.Next)
	}()
	return func() {
		l.stopped.Store(true)
		cancel()
		c.listeners.remove(box, l)
	}
}

// notifyOwn notifies the listeners of this client of a reply that it has just
// completed. The record is read back, as the store may have added to it. If
// that fails the server still sends it.
func (c *Client) notifyOwn(ctx context.Context, id reply.ID) {
	c.listeners.mu.Lock()
	listeners := c.listeners.boxes[id.Mailbox()]
	c.listeners.mu.Unlock()
	for _, l := range listeners {
		record, err := c.Lookup(ctx, id)
		if err == nil && record.State == reply.Completed {
			l.notify(ctx, record.Reply)
		}
	}
}

// follow notifies of arrivals until ctx ends. cursor is the place to begin at;
// "" if it must be asked for.
func (c *Client) follow(ctx context.Context, box reply.Mailbox, l *listener, cursor string) {
	for failures := 0; ctx.Err() == nil; {
		next, err := c.followOnce(ctx, box, l, cursor)
		switch {
		case err == nil:
			cursor, failures = next, 0
			if next == "" { // the store wakes nobody
				_ = backoff.Sleep(ctx, askEvery) // the loop sees whether ctx has ended
			}
			continue
		case errors.Is(err, errFeedLost):
			cursor = ""
		}
		_ = backoff.Sleep(ctx, backoff.Delay(failures, longestPause))
		failures++
	}
}

func (c *Client) followOnce(ctx context.Context, box reply.Mailbox, l *listener, cursor string) (next string, err error) {
	ctx, cancel := context.WithTimeout(ctx, pollWait+pollGrace)
	defer cancel()
	answer, data, err := c.getArrivals(ctx, box, cursor)
	if err != nil {
		return "", err
	}
	if cursor == "" {
		return answer.Next, c.catchUp(ctx, l, answer.Present)
	}
	replies, err := readReplies(nil, answer.Replies, data) // all of them, before any is passed on
	if err != nil {
		return "", err
	}
	for _, r := range replies {
		l.notify(ctx, r)
	}
	return answer.Next, nil
}

// catchUp notifies of what is in the mailbox and has not arrived yet.
func (c *Client) catchUp(ctx context.Context, l *listener, present []reply.ID) error {
	for _, id := range present {
		if l.knows(id) {
			continue
		}
		record, err := c.Lookup(ctx, id)
		switch {
		case err == nil && record.State == reply.Completed:
			l.notify(ctx, record.Reply)
		case err == nil, errors.Is(err, reply.ErrExpired), errors.Is(err, reply.ErrUnknown):
		default:
			return err
		}
	}
	return nil
}

// getArrivals asks for the place where the feed of a mailbox stands, or waits at
// a place.
func (c *Client) getArrivals(ctx context.Context, box reply.Mailbox, since string) (doc arrivalsDoc, replies []byte, err error) {
	query := url.Values{paramBox: {strconv.FormatUint(uint64(box), 10)}}
	if since != "" {
		query.Set(paramSince, since)
		query.Set(paramWait, strconv.Itoa(int(pollWait/time.Second)))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+opArrivals+"?"+query.Encode(), http.NoBody)
	if err != nil {
		return doc, nil, err
	}
	body, err := c.do(req, http.StatusOK)
	if err != nil {
		return doc, nil, err
	}
	m := split(body)
	err = m.read(&doc)
	return doc, m.replies, err
}

// maxSeen is how many ids a listener remembers: more than the store in memory
// holds by default.
const maxSeen = 1 << 17

// listener is one call of Notify. It calls arrived once for what may come twice: from
// Complete and from the server, or from the server after a lost answer.
type listener struct {
	arrived func(reply.Reply)
	stopped atomic.Bool

	mu sync.Mutex
	// seen holds the ids that have arrived; a channel is closed when arrived,
	// which is still running, returns.
	seen  map[reply.ID]chan struct{}
	order []reply.ID // of seen, a ring once it is full
	at    int        // the oldest in the ring
}

func newListener(arrived func(reply.Reply)) *listener {
	return &listener{arrived: arrived, seen: map[reply.ID]chan struct{}{}}
}

// notify calls arrived unless that was done for the same id. If another
// goroutine is just doing so it waits, as whoever completes a reply may count
// on it; but not for longer than ctx.
func (l *listener) notify(ctx context.Context, r reply.Reply) {
	running := make(chan struct{})
	first, other := l.remember(r.ID, running)
	if !first {
		if other != nil {
			select {
			case <-other:
			case <-ctx.Done():
			}
		}
		return
	}
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		close(running)
		if l.seen[r.ID] == running {
			l.seen[r.ID] = nil
		}
	}()
	if !l.stopped.Load() {
		l.arrived(r)
	}
}

// remember returns true for an id that is new, else who else is notifying of it.
func (l *listener) remember(id reply.ID, running chan struct{}) (first bool, other chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if other, ok := l.seen[id]; ok {
		return false, other
	}
	l.seen[id] = running
	if len(l.order) < maxSeen {
		l.order = append(l.order, id)
		return true, nil
	}
	delete(l.seen, l.order[l.at])
	l.order[l.at] = id
	l.at = (l.at + 1) % maxSeen
	return true, nil
}

func (l *listener) knows(id reply.ID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.seen[id]
	return ok
}
