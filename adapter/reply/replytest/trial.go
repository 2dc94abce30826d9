package replytest

import (
	"crypto/rand"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

const (
	deadline = 25 * time.Second // after the start of a request
	lease    = 30 * time.Second // of a claim
	lifetime = time.Hour        // of a record and of a claim
	margin   = 5 * time.Second  // more than any store's clock is coarse
	racers   = 100              // of calls at once for one prize
	rounds   = 20               // of a race between two calls
)

// trial is one check in progress: a store of its own, or at least ids, keys
// and a mailbox of its own.
type trial struct {
	*testing.T

	store reply.Store
	clock *clock
	box   reply.Mailbox
}

// clock stands still until it is moved, by whole seconds.
type clock struct {
	seconds atomic.Int64
}

// newClock starts at the present, as a shared table may be swept by a real
// clock, and in whole seconds, as some stores keep no more.
func newClock() *clock {
	c := &clock{}
	c.seconds.Store(time.Now().Unix())
	return c
}

// Now is the clock that a store gets.
func (c *clock) Now() time.Time { return time.Unix(c.seconds.Load(), 0).UTC() }

func (c *clock) advance(d time.Duration) { c.seconds.Add(int64(d / time.Second)) }

// request is one that starts now.
func (s *trial) request() reply.Request {
	now := s.clock.Now()
	return reply.Request{
		ID:       reply.NewID(now, s.box),
		Tenant:   "tenant-" + rand.Text(),
		Chain:    "orders",
		Deadline: now.Add(deadline),
		Expires:  now.Add(lifetime),
	}
}

// registered is a request that the store knows.
func (s *trial) registered() reply.Request {
	s.Helper()
	r := s.request()
	s.want(s.store.Register(s.Context(), r), nil, "Register")
	return r
}

// completed is a request that has its reply.
func (s *trial) completed() reply.Reply {
	s.Helper()
	r := newReply(s.request(), "first")
	s.want(s.store.Complete(s.Context(), r), nil, "Complete")
	return r
}

// cancelled is a request that was cancelled.
func (s *trial) cancelled() reply.Request {
	s.Helper()
	r := s.registered()
	s.want(s.store.Cancel(s.Context(), r.ID), nil, "Cancel")
	return r
}

// want fails the check unless got is, or wraps, the wanted error.
func (s *trial) want(got, wanted error, call string) {
	s.Helper()
	if !errors.Is(got, wanted) {
		s.Fatalf("%s returned %v, want %v", call, got, wanted)
	}
}

// wantOneOf is want for a choice of errors.
func (s *trial) wantOneOf(got error, call string, wanted ...error) {
	s.Helper()
	for _, w := range wanted {
		if errors.Is(got, w) {
			return
		}
	}
	s.Fatalf("%s returned %v, want one of %v", call, got, wanted)
}

// wantLookup fails the check unless Lookup returns the wanted error.
func (s *trial) wantLookup(id reply.ID, wanted error) {
	s.Helper()
	_, err := s.store.Lookup(s.Context(), id)
	s.want(err, wanted, "Lookup")
}

// wantState fails the check unless the record is in a state without a reply.
func (s *trial) wantState(r reply.Request, state reply.State) {
	s.Helper()
	s.wantRecord(r.ID, reply.Record{Request: r, State: state})
}

// wantReply fails the check unless the record is completed by r.
func (s *trial) wantReply(r reply.Reply) {
	s.Helper()
	s.wantRecord(r.ID, reply.Record{Request: r.Request, State: reply.Completed, Reply: r})
}

func (s *trial) wantRecord(id reply.ID, want reply.Record) {
	s.Helper()
	got, err := s.store.Lookup(s.Context(), id)
	s.want(err, nil, "Lookup")
	if d := diff(want, got); d != "" {
		s.Fatalf("Lookup returns another record (-want +got):\n%s", d)
	}
}

// wantCollect fails the check unless the mailbox holds the wanted replies from
// since on.
func (s *trial) wantCollect(since reply.ID, want ...reply.Reply) {
	s.Helper()
	got, err := s.store.Collect(s.Context(), s.box, since)
	s.want(err, nil, "Collect")
	if d := diff(want, got); d != "" {
		s.Fatalf("Collect returns other replies (-want +got):\n%s", d)
	}
}

// race runs n calls at once and returns their errors, by number.
func race(n int, call func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() {
			<-start
			errs[i] = call(i)
		})
	}
	close(start)
	running.Wait()
	return errs
}

// winner returns the number of the one call without an error, and fails the
// check unless all others have the wanted one.
func (s *trial) winner(errs []error, wanted error) int {
	s.Helper()
	won := -1
	for i, err := range errs {
		switch {
		case err != nil:
			s.want(err, wanted, "a call that lost the race")
		case won >= 0:
			s.Fatalf("calls %d and %d both won the race", won, i)
		default:
			won = i
		}
	}
	if won < 0 {
		s.Fatal("no call won the race")
	}
	return won
}
