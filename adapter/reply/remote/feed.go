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

// feeds follow the mailboxes to which clients subscribe.
type feeds struct {
	notifier reply.Notifier // nil if the store wakes nobody

	mu     sync.Mutex
	boxes  map[reply.Mailbox]*feed // nil once they are closed
	closed chan struct{}
}

// feed is the ids of the latest arrivals of one mailbox. They are numbered
// from 0; an epoch distinguishes the feeds of one mailbox.
type feed struct {
	epoch string
	stop  func()
	polls int       // that run now; guarded by the mutex of the feeds
	idle  time.Time // since when there are none; guarded so, too

	mu      sync.Mutex
	first   uint64 // the number of ids[0]
	ids     []reply.ID
	changed chan struct{} // closed at the next arrival
}

func newFeeds(notifier reply.Notifier) *feeds {
	return &feeds{notifier: notifier, boxes: map[reply.Mailbox]*feed{}, closed: make(chan struct{})}
}

// open returns the feed of a mailbox and the number of its next arrival; nil if
// the store wakes nobody.
func (f *feeds) open(box reply.Mailbox, now time.Time) (*feed, uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.notifier == nil || f.boxes == nil {
		return nil, 0, nil
	}
	for box, known := range f.boxes {
		if known.polls == 0 && now.Sub(known.idle) > feedIdle {
			known.stop()
			delete(f.boxes, box)
		}
	}
	if known := f.boxes[box]; known != nil {
		known.idle = now
		return known, known.end(), nil
	}
	if len(f.boxes) >= maxFeeds {
		return nil, 0, errFeeds
	}
	opened := &feed{epoch: rand.Text(), changed: make(chan struct{}), idle: now}
	opened.stop = f.notifier.Notify(box, func(r reply.Reply) { opened.add(r.ID) })
	f.boxes[box] = opened
	return opened, opened.end(), nil
}

// beginPoll begins a poll at a cursor, which keeps its feed until endPoll.
func (f *feeds) beginPoll(box reply.Mailbox, cursor string) (*feed, uint64, error) {
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
	if _, _, err := known.from(at, 0); err != nil {
		return nil, 0, err
	}
	known.polls++
	return known, at, nil
}

func (f *feeds) endPoll(known *feed, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	known.polls--
	known.idle = now
}

func (f *feeds) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.boxes == nil {
		return
	}
	close(f.closed)
	for _, known := range f.boxes {
		known.stop()
	}
	f.boxes = nil
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

// from copies up to n ids from a number on; changed is closed when there are
// more.
func (f *feed) from(at uint64, n int) (ids []reply.ID, changed <-chan struct{}, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if at < f.first || at > f.first+uint64(len(f.ids)) {
		return nil, nil, errFeedLost
	}
	later := f.ids[at-f.first:]
	return slices.Clone(later[:min(n, len(later))]), f.changed, nil
}

func (f *feed) cursor(at uint64) string { return f.epoch + "." + strconv.FormatUint(at, 10) }
