package remote

import (
	"crypto/rand"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

const (
	// feedIDs is how many arrivals of a mailbox are remembered for a client
	// that comes back: 16 bytes each.
	feedIDs = 1 << 14
	// feedIdle is for how long a client may stay away.
	feedIdle = 2 * time.Minute
	// maxFeeds bounds the mailboxes that are followed at once.
	maxFeeds = 4096
)

var (
	// errFeedLost means that the place in a feed is no longer known: its
	// client must find out what it missed.
	errFeedLost = errors.New("place in the arrivals lost")
	errFeeds    = errors.New("too many mailboxes are followed")
)

// feeds follow the mailboxes that clients listen to.
type feeds struct {
	notifier reply.Notifier // nil if the store wakes nobody

	mu     sync.Mutex
	boxes  map[reply.Mailbox]*feed
	closed chan struct{}
}

// feed is the ids of the latest arrivals of one mailbox. They are numbered
// from 0; an epoch tells one feed from another of the same mailbox.
type feed struct {
	epoch string
	stop  func()

	mu      sync.Mutex
	first   uint64 // the number of ids[0]
	ids     []reply.ID
	changed chan struct{} // closed at the next arrival
	polls   int
	idle    time.Time // since when there are no polls
}

func newFeeds(notifier reply.Notifier) *feeds {
	return &feeds{notifier: notifier, boxes: map[reply.Mailbox]*feed{}, closed: make(chan struct{})}
}

// open gives the feed of a mailbox; nil if the store wakes nobody.
func (f *feeds) open(box reply.Mailbox, now time.Time) (*feed, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.notifier == nil || f.isClosed() {
		return nil, nil //nolint:nilnil // documented
	}
	f.sweep(now)
	if known := f.boxes[box]; known != nil {
		known.touch(now)
		return known, nil
	}
	if len(f.boxes) >= maxFeeds {
		return nil, errFeeds
	}
	opened := &feed{epoch: rand.Text(), changed: make(chan struct{}), idle: now}
	opened.stop = f.notifier.Notify(box, func(r reply.Reply) { opened.add(r.ID) })
	f.boxes[box] = opened
	return opened, nil
}

// resume gives the feed that a cursor is of, and the number it stands at.
func (f *feeds) resume(box reply.Mailbox, cursor string) (*feed, uint64, error) {
	epoch, number, _ := strings.Cut(cursor, ".")
	at, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return nil, 0, errFeedLost
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	known := f.boxes[box]
	if known == nil || known.epoch != epoch {
		return nil, 0, errFeedLost
	}
	return known, at, known.enter(at)
}

// sweep forgets the feeds that nobody has polled for long.
func (f *feeds) sweep(now time.Time) {
	for box, known := range f.boxes {
		if known.idleFor(now) > feedIdle {
			known.stop()
			delete(f.boxes, box)
		}
	}
}

func (f *feeds) isClosed() bool {
	select {
	case <-f.closed:
		return true
	default:
		return false
	}
}

func (f *feeds) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.isClosed() {
		return
	}
	close(f.closed)
	for box, known := range f.boxes {
		known.stop()
		delete(f.boxes, box)
	}
}

// add runs on the goroutine of the store's Complete.
func (f *feed) add(id reply.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.ids) >= 2*feedIDs { // now and then, as it moves all of them
		f.ids = append(f.ids[:0], f.ids[feedIDs:]...)
		f.first += feedIDs
	}
	f.ids = append(f.ids, id)
	close(f.changed)
	f.changed = make(chan struct{})
}

// end is the number of the next arrival.
func (f *feed) end() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.first + uint64(len(f.ids))
}

// from copies up to n ids from a number on; changed tells when there are more.
func (f *feed) from(at uint64, n int) (ids []reply.ID, changed <-chan struct{}, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if at < f.first || at > f.first+uint64(len(f.ids)) {
		return nil, nil, errFeedLost
	}
	rest := f.ids[at-f.first:]
	return slices.Clone(rest[:min(n, len(rest))]), f.changed, nil
}

func (f *feed) cursor(at uint64) string { return f.epoch + "." + strconv.FormatUint(at, 10) }

func (f *feed) touch(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.idle = now
}

// enter begins a poll, which keeps the feed alive until leave.
func (f *feed) enter(at uint64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if at < f.first || at > f.first+uint64(len(f.ids)) {
		return errFeedLost
	}
	f.polls++
	return nil
}

func (f *feed) leave(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.polls--
	f.idle = now
}

func (f *feed) idleFor(now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.polls > 0 {
		return 0
	}
	return now.Sub(f.idle)
}
