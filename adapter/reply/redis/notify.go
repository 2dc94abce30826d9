package redis

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

// openTimeout is for how long Notify waits for the server.
const openTimeout = time.Second

// inboxes are the mailboxes that this process listens to.
type inboxes struct {
	store   *Store
	patient time.Duration   // for how long Notify waits for the server
	ctx     context.Context //nolint:containedctx // of what nobody's call asks for
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	boxes   map[reply.Mailbox]*inbox
	readers map[string]*reader // by tag; one for all, by "", unless it is a cluster
	own     map[reply.ID]*completion
}

// completion is a request that is being completed through this store.
type completion struct {
	calls int
	read  *arrival // what has been read of it meanwhile
}

// inbox is a mailbox with those who listen to it.
type inbox struct {
	box       reply.Mailbox
	listeners []*listener
	recent    recent // what has arrived lately, by whichever way
	reader    *reader

	open   bool      // it is to be read
	synced bool      // at is where reading goes on, and nothing was lost up to there
	at     place     // of the last entry that was read
	known  bool      // at is a place in the stream; if not, it is not known where to begin
	good   time.Time // nothing can have been missed that came before
}

// listener is one call of Notify.
type listener struct {
	arrived func(reply.Reply)
	stopped atomic.Bool

	opening bool      // after is not known yet
	held    []arrival // meanwhile
	after   place     // what came up to here is not for this listener
}

func (ib *inboxes) start(ctx context.Context, s *Store) {
	ib.store, ib.patient = s, openTimeout
	ib.ctx, ib.cancel = context.WithCancel(context.WithoutCancel(ctx))
	ib.boxes, ib.readers, ib.own = map[reply.Mailbox]*inbox{}, map[string]*reader{}, map[reply.ID]*completion{}
}

func (ib *inboxes) close() {
	ib.mu.Lock()
	ib.cancel()
	clear(ib.boxes)
	ib.mu.Unlock()
	ib.running.Wait()
}

// Notify implements [reply.Notifier]. All mailboxes of a store are read by one
// connection of its own (in a cluster by one for each hash slot that they are
// in), which is opened by the first Notify. arrived is called once for every
// reply of the mailbox, on the goroutine of Complete if the reply is put
// through this store, else on the one that reads the stream; it may be called by
// both at once, for different replies. It must not close the store.
//
// Notify waits for the server, for a second at most: replies from before may
// arrive only if the server could not be reached then. A connection that breaks
// is opened again and goes on where it was. If that place is not there any more
// (the server has lost it, or more than 10,000 replies or a minute have passed)
// what is in the mailbox and has not arrived yet arrives then. The latest 16,384
// arrivals are remembered; of a mailbox with more at once some may arrive again
// after such a loss.
//
// stop does not wait: an arrived that is running goes on.
func (s *Store) Notify(box reply.Mailbox, arrived func(reply.Reply)) (stop func()) {
	ib := &s.inboxes
	l := &listener{arrived: arrived, opening: true}
	in, down := ib.add(box, l)
	if in == nil {
		return func() {}
	}
	began := time.Now()
	var last place
	known := false
	if !down {
		last, known = ib.last(box)
	}
	held, wake := ib.open(in, l, last, known, began)
	for i := range held {
		l.notify(&held[i])
	}
	if wake != nil {
		wake.wake()
	}
	return func() {
		l.stopped.Store(true)
		if wake := ib.remove(in, l); wake != nil {
			wake.wake()
		}
	}
}

// add puts a listener to its mailbox. It returns nil if the store is closed.
// down reports that the server is known to be out of reach.
func (ib *inboxes) add(box reply.Mailbox, l *listener) (in *inbox, down bool) {
	ib.mu.Lock()
	defer ib.mu.Unlock()
	if ib.ctx.Err() != nil {
		return nil, true
	}
	in = ib.boxes[box]
	if in == nil {
		in = &inbox{box: box, reader: ib.readerOf(box)}
		in.reader.inboxes++
		ib.boxes[box] = in
	}
	in.listeners = append(slices.Clip(in.listeners), l)
	return in, in.reader.down
}

// last returns the place that was given to an entry last.
func (ib *inboxes) last(box reply.Mailbox) (last place, known bool) {
	ctx, cancel := context.WithTimeout(ib.ctx, ib.patient)
	defer cancel()
	_, last, _, err := ib.store.ends(ctx, box)
	return last, err == nil
}

// open lets a listener have what comes behind last, and returns what of it has
// come already. It returns the reader if that must be woken.
func (ib *inboxes) open(in *inbox, l *listener, last place, known bool, began time.Time) (held []arrival, wake *reader) {
	ib.mu.Lock()
	defer ib.mu.Unlock()
	l.opening, l.after = false, last
	held = slices.DeleteFunc(l.held, func(a arrival) bool { return !a.place.after(last) })
	l.held = nil
	if in.open || ib.boxes[in.box] != in {
		return held, nil
	}
	in.open, in.at, in.known, in.synced, in.good = true, last, known, known, began
	if !known {
		in.reader.down = true
	}
	if ib.run(in.reader) || !known {
		return held, nil
	}
	return held, in.reader
}

// remove returns the reader if that has a mailbox less and must be woken.
func (ib *inboxes) remove(in *inbox, l *listener) (wake *reader) {
	ib.mu.Lock()
	defer ib.mu.Unlock()
	before := len(in.listeners)
	in.listeners = slices.DeleteFunc(slices.Clone(in.listeners), func(other *listener) bool { return other == l })
	if before == 0 || len(in.listeners) > 0 || ib.boxes[in.box] != in {
		return nil
	}
	delete(ib.boxes, in.box)
	if in.reader.inboxes--; in.reader.inboxes > 0 {
		return in.reader
	}
	in.reader.cancel()
	delete(ib.readers, in.reader.tag)
	return nil
}

// completing keeps an arrival that is read from those who listen, until the
// call of Complete that may have caused it passes it on, or calls completed
// without having done so.
func (ib *inboxes) completing(id reply.ID) (completed func()) {
	ib.mu.Lock()
	defer ib.mu.Unlock()
	if ib.boxes[id.Mailbox()] == nil {
		return func() {}
	}
	c := ib.own[id]
	if c == nil {
		c = &completion{}
		ib.own[id] = c
	}
	c.calls++
	return func() {
		ib.mu.Lock()
		c.calls--
		over := c.calls == 0
		if over {
			delete(ib.own, id)
		}
		ib.mu.Unlock()
		if over && c.read != nil {
			ib.arrive(*c.read)
		}
	}
}

// read passes on what a reader has found.
func (ib *inboxes) read(a arrival) {
	ib.mu.Lock()
	c := ib.own[a.request.ID]
	if c != nil {
		c.read = &a
	}
	ib.mu.Unlock()
	if c == nil {
		ib.arrive(a)
	}
}

// arrive passes a reply to those who listen to its mailbox and have not had it.
func (ib *inboxes) arrive(a arrival) {
	for _, l := range ib.listeners(a) {
		l.notify(&a)
	}
}

// listeners returns those who are to have a reply now.
func (ib *inboxes) listeners(a arrival) []*listener {
	ib.mu.Lock()
	defer ib.mu.Unlock()
	in := ib.boxes[a.request.ID.Mailbox()]
	if in == nil || !in.recent.add(a.request.ID) {
		return nil
	}
	var now []*listener
	for _, l := range in.listeners {
		if l.opening {
			l.held = append(l.held, a)
		} else if a.place.after(l.after) {
			now = append(now, l)
		}
	}
	return now
}

func (l *listener) notify(a *arrival) {
	if l.stopped.Load() {
		return
	}
	if r, err := a.reply(); err == nil { // who reads it by its id learns what is wrong with it
		l.arrived(r)
	}
}
