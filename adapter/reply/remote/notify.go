package remote

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/backoff"
)

const (
	openTimeout = 5 * time.Second
	// pollWait is how long the server is asked to hold a call, and pollGrace
	// what is added to it before the connection is given up as dead.
	pollWait  = 20 * time.Second
	pollGrace = 10 * time.Second
	// lookEvery is how often a store is looked at that wakes nobody.
	lookEvery = time.Second

	pollMinDelay = 50 * time.Millisecond
	pollMaxDelay = 5 * time.Second
)

// listeners are those of one client.
type listeners struct {
	life lifetime
	done *sync.WaitGroup

	mu    *sync.Mutex
	boxes map[reply.Mailbox][]*listener
}

func newListeners() listeners {
	return listeners{
		life: newLifetime(), done: &sync.WaitGroup{},
		mu: &sync.Mutex{}, boxes: map[reply.Mailbox][]*listener{},
	}
}

// add answers false if the client is closed; else done must be called on.
func (ls *listeners) add(box reply.Mailbox, l *listener) bool {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.life.Err() != nil {
		return false
	}
	ls.boxes[box] = append(slices.Clip(ls.boxes[box]), l)
	ls.done.Add(1)
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

func (ls *listeners) of(box reply.Mailbox) []*listener {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	return ls.boxes[box]
}

func (ls *listeners) close() {
	ls.mu.Lock()
	ls.life.end()
	clear(ls.boxes)
	ls.mu.Unlock()
	ls.done.Wait()
}

// Notify implements [reply.Notifier] by a connection of its own that is held
// open. arrived is called once for every reply of the mailbox, on the goroutine
// of Complete if the reply is put through this client, else on one that reads
// what the server tells; it may be called by both at once, for different
// replies. It may use the client, but not close it.
//
// Notify waits for the server, for some seconds at most: replies from before
// are told of only if the server could not be reached then, as they cannot be
// told from new ones. A connection that breaks is opened again and goes on
// where it was. If the server lost the place (it was restarted, or nothing was
// heard from the client for minutes, or tens of thousands of replies arrived
// at once) what is in the mailbox and was not told of yet is told of then.
// What was told of is remembered for the latest 131,072 replies; a mailbox
// with more at once may be told of some of them again after such a loss.
//
// stop does not wait: an arrived that is running goes on.
func (c *Client) Notify(box reply.Mailbox, arrived func(reply.Reply)) (stop func()) {
	l := newListener(arrived)
	ctx, cancel := context.WithCancel(c.listeners.life)
	if !c.listeners.add(box, l) {
		return cancel
	}
	opening, opened := context.WithTimeout(ctx, openTimeout)
	answer, err := c.openArrivals(opening, box)
	opened()
	if err == nil {
		l.skip(answer.Present)
	}
	go func() {
		defer c.listeners.done.Done()
		defer cancel()
		c.follow(ctx, box, l, answer.Next)
	}()
	return func() {
		l.stopped.Store(true)
		cancel()
		c.listeners.remove(box, l)
	}
}

// tellOwn tells the listeners of this client of a reply that it has just
// completed. The record is read back, as the store may have added to it. If
// that fails the server still tells of it.
func (c *Client) tellOwn(ctx context.Context, id reply.ID) {
	for _, l := range c.listeners.of(id.Mailbox()) {
		record, err := c.Lookup(ctx, id)
		if err == nil && record.State == reply.Completed {
			l.tell(ctx, record.Reply)
		}
	}
}

// follow tells of arrivals until ctx ends. cursor is the place to begin at; ""
// if it must be asked for.
func (c *Client) follow(ctx context.Context, box reply.Mailbox, l *listener, cursor string) {
	delay := pollMinDelay
	for ctx.Err() == nil {
		next, err := c.followOnce(ctx, box, l, cursor)
		switch {
		case errors.Is(err, errFeedLost):
			cursor = ""
		case err == nil && next != "":
			cursor, delay = next, pollMinDelay
			continue
		case err == nil: // the store wakes nobody
			cursor, delay = "", pollMinDelay
			_ = backoff.Sleep(ctx, lookEvery) // the loop sees whether ctx has ended
			continue
		}
		_ = backoff.Sleep(ctx, backoff.Jitter(delay, jitterPart))
		delay = min(delay*2, pollMaxDelay) //nolint:mnd // doubles
	}
}

func (c *Client) followOnce(ctx context.Context, box reply.Mailbox, l *listener, cursor string) (next string, err error) {
	ctx, cancel := context.WithTimeout(ctx, pollWait+pollGrace)
	defer cancel()
	if cursor == "" {
		answer, err := c.openArrivals(ctx, box)
		if err != nil {
			return "", err
		}
		return answer.Next, c.catchUp(ctx, l, answer.Present)
	}
	answer, data, err := c.getArrivals(ctx, url.Values{
		paramBox:   {strconv.FormatUint(uint64(box), 10)},
		paramSince: {cursor},
		paramWait:  {strconv.Itoa(int(pollWait / time.Second))},
	})
	if err != nil {
		return "", err
	}
	replies := make([]reply.Reply, len(answer.Replies))
	for i, doc := range answer.Replies { // all of them, before any is told of
		if replies[i], err = readReply(doc, &data); err != nil {
			return "", err
		}
	}
	for _, r := range replies {
		l.tell(ctx, r)
	}
	return answer.Next, nil
}

// catchUp tells of what is in the mailbox and was not told of yet.
func (c *Client) catchUp(ctx context.Context, l *listener, present []wireID) error {
	for _, id := range present {
		if l.knows(reply.ID(id)) {
			continue
		}
		record, err := c.Lookup(ctx, reply.ID(id))
		switch {
		case err == nil && record.State == reply.Completed:
			l.tell(ctx, record.Reply)
		case err == nil, errors.Is(err, reply.ErrExpired), errors.Is(err, reply.ErrUnknown):
		default:
			return err
		}
	}
	return nil
}

func (c *Client) openArrivals(ctx context.Context, box reply.Mailbox) (arrivalsDoc, error) {
	doc, _, err := c.getArrivals(ctx, url.Values{paramBox: {strconv.FormatUint(uint64(box), 10)}})
	return doc, err
}

func (c *Client) getArrivals(ctx context.Context, query url.Values) (doc arrivalsDoc, data []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+opArrivals+"?"+query.Encode(), http.NoBody)
	if err != nil {
		return doc, nil, err
	}
	body, err := c.do(req, http.StatusOK)
	if err != nil {
		return doc, nil, err
	}
	m := split(body)
	err = decodeStrictly(m.doc, &doc)
	return doc, m.data, err
}
