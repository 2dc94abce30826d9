package poller_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/poller"
)

const box = reply.Mailbox(42)

// store is a Scanner in memory. It returns what was written; fail and trip are
// how it behaves.
type store struct {
	mu      sync.Mutex
	written map[reply.ID]reply.Arrival
	gone    map[reply.ID]reply.State
	order   []reply.ID        // of arrival
	ordered bool              // returns cursors
	hidden  map[reply.ID]bool // from scans of the mailbox
	trip    func(read int) time.Duration
	fail    func(read int) error
	reads   []read
	skew    time.Duration // of writers' clocks
}

type read struct {
	at         time.Time
	key        bool
	consistent bool
	query      reply.ScanQuery
}

func newStore() *store {
	return &store{written: map[reply.ID]reply.Arrival{}, gone: map[reply.ID]reply.State{}, hidden: map[reply.ID]bool{}}
}

func (s *store) complete(id reply.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := reply.Reply{Request: reply.Request{ID: id}}
	s.written[id] = reply.Arrival{Reply: r, Written: time.Now().Add(s.skew)}
	s.order = append(s.order, id)
}

// begin notes a read and does what it has to suffer.
func (s *store) begin(ctx context.Context, r read) error {
	r.at = time.Now()
	s.mu.Lock()
	s.reads = append(s.reads, r)
	n := len(s.reads)
	trip, fail := s.trip, s.fail
	s.mu.Unlock()
	if fail != nil {
		if err := fail(n); err != nil {
			return err
		}
	}
	d := time.Millisecond
	if trip != nil {
		d = trip(n)
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *store) Scan(ctx context.Context, l reply.ScanQuery) (reply.ScanResult, error) {
	if err := s.begin(ctx, read{query: l}); err != nil {
		return reply.ScanResult{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := reply.ScanResult{Units: 0.5}
	from := 0
	if s.ordered {
		out.Cursor = string(rune('a' + len(s.order)))
		if l.Cursor != "" {
			from = int([]rune(l.Cursor)[0] - 'a')
		}
	}
	for _, id := range s.order[from:] {
		if !s.hidden[id] && (s.ordered || id.Compare(l.Oldest) >= 0) {
			out.Replies = append(out.Replies, s.written[id])
		}
	}
	return out, nil
}

func (s *store) Get(ctx context.Context, id reply.ID, consistent bool) (reply.GetResult, error) {
	if err := s.begin(ctx, read{key: true, consistent: consistent}); err != nil {
		return reply.GetResult{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	got := reply.GetResult{Units: 0.5}
	if state, ok := s.gone[id]; ok {
		got.State = state
		return got, nil
	}
	a, ok := s.written[id]
	if !ok {
		return got, reply.ErrUnknown
	}
	got.State, got.Written, got.Reply = reply.Completed, a.Written, a.Reply
	return got, nil
}

func (s *store) count(of func(read) bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.reads {
		if of(r) {
			n++
		}
	}
	return n
}

func any1(read) bool { return true }

// inbox collects results.
type inbox struct {
	mu  sync.Mutex
	got map[reply.ID]poller.Result
	at  map[reply.ID]time.Time
	n   int
}

func newInbox() *inbox {
	return &inbox{got: map[reply.ID]poller.Result{}, at: map[reply.ID]time.Time{}}
}

func (b *inbox) deliver(o poller.Result) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got[o.ID], b.at[o.ID] = o, time.Now()
	b.n++
}

func (b *inbox) len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.n
}

func (b *inbox) result(id reply.ID) (poller.Result, time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.got[id], b.at[id]
}

// bubble runs a test with a poller in virtual time. What is still running at
// its end fails the test: synctest waits for every goroutine.
func bubble(t *testing.T, s *store, o poller.Options, test func(t *testing.T, p *poller.Poller, in *inbox)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		in := newInbox()
		p := poller.New(s, box, in.deliver, o)
		test(t, p, in)
		p.Close()
	})
}

func newID() reply.ID { return reply.NewID(time.Now(), box) }

var errStore = errors.New("no store")
