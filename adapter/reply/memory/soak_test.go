package memory_test

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
)

const (
	soakWorkers  = 64
	soakRequests = 200 // per worker
	soakBoxes    = 4
	soakKeys     = 50
)

// soak is many goroutines that use a store at once.
type soak struct {
	*testing.T

	store *memory.Store
	clock *clock

	mu   sync.Mutex
	used []reply.Request
}

// After any mix of calls the store's own counts must be those of a fresh store
// into which what is left was put.
func TestCountsAddUpAfterManyConcurrentCalls(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := &soak{T: t, clock: clock, store: memory.New(memory.Options{MaxEntries: 3000, Reserve: 100, Now: clock.Now})}
	var running sync.WaitGroup
	for i := range soakWorkers {
		running.Go(func() { s.work(rand.New(rand.NewPCG(1, uint64(i)))) })
	}
	running.Wait()

	for _, r := range s.used {
		s.allow("Release", s.store.Release(s.Context(), r.Key, r.ID))
	}
	got := s.store.Stats()
	got.Tombstones = 0
	if want := s.recount(); got != want || want.Pending == 0 || want.Entries == want.Pending {
		t.Errorf("Stats are %+v, but what is there is %+v", got, want)
	}
	s.clock.advance(time.Hour)
	if got := s.store.Stats(); got.Entries+got.Pending+got.Claims+int(got.Bytes) != 0 {
		t.Errorf("after everything expired Stats are %+v", got)
	}
}

func (s *soak) work(random *rand.Rand) {
	for i := range soakRequests {
		now := s.clock.Now()
		r := request(now, reply.Mailbox(random.Uint32N(soakBoxes)))
		r.Expires = now.Add(time.Duration(1+random.IntN(60)) * time.Second)
		if random.IntN(3) == 0 {
			s.claim(random, &r)
		}
		s.remember(r)
		if random.IntN(2) == 0 {
			s.allow("Register", s.store.Register(s.Context(), r), reply.ErrFull, reply.ErrExpired)
		}
		s.end(random, r)
		s.read(random)
		if i%20 == 0 {
			s.clock.advance(time.Second / 2)
		}
	}
}

func (s *soak) claim(random *rand.Rand, r *reply.Request) {
	r.Key = "key " + strconv.Itoa(random.IntN(soakKeys))
	_, err := s.store.Claim(s.Context(), reply.Claim{
		Key: r.Key, Owner: r.ID, Lease: s.clock.Now().Add(time.Second), Expires: r.Expires,
	})
	s.allow("Claim", err, reply.ErrFull, reply.ErrExpired)
}

func (s *soak) end(random *rand.Rand, r reply.Request) {
	switch random.IntN(5) {
	case 0: // stays pending
	case 1:
		s.allow("Cancel", s.store.Cancel(s.Context(), r.ID), reply.ErrUnknown, reply.ErrExpired)
	case 2: // races with another request's end
		s.allow("Cancel", s.store.Cancel(s.Context(), s.anyID(random)), reply.ErrUnknown, reply.ErrExpired, reply.ErrCompleted)
	case 3:
		s.allow("Release", s.store.Release(s.Context(), r.Key, r.ID))
	default:
		s.allow("Complete", s.store.Complete(s.Context(), newReply(r, random.IntN(2000))),
			reply.ErrFull, reply.ErrExpired, reply.ErrSuperseded, reply.ErrCancelled)
	}
}

func (s *soak) read(random *rand.Rand) {
	_, err := s.store.Lookup(s.Context(), s.anyID(random))
	s.allow("Lookup", err, reply.ErrUnknown, reply.ErrExpired)
	if random.IntN(50) == 0 {
		_, err = s.store.Collect(s.Context(), reply.Mailbox(random.Uint32N(soakBoxes)), s.anyID(random))
		s.allow("Collect", err)
	}
	if random.IntN(100) == 0 {
		if got := s.store.Stats(); got.Entries > 3000 || got.Pending < 0 || got.Bytes < 0 {
			s.Errorf("Stats are %+v", got)
		}
	}
}

func (s *soak) allow(call string, got error, allowed ...error) {
	s.Helper()
	if got == nil {
		return
	}
	for _, a := range allowed {
		if errors.Is(got, a) {
			return
		}
	}
	s.Errorf("%s returned %v, want nil or one of %v", call, got, allowed)
}

func (s *soak) remember(r reply.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = append(s.used, r)
}

func (s *soak) anyID(random *rand.Rand) reply.ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used[random.IntN(len(s.used))].ID
}

// recount puts what is left of every request that was ever made into a fresh
// store, and returns the counts of that. It checks that the mailboxes hold just
// the completed ones.
func (s *soak) recount() memory.Stats {
	s.Helper()
	fresh := memory.New(memory.Options{Reserve: noReserve, Now: s.clock.Now})
	completed := map[reply.ID]bool{}
	for _, r := range s.used {
		rec, err := s.store.Lookup(s.Context(), r.ID)
		if err != nil {
			s.allow("Lookup", err, reply.ErrUnknown, reply.ErrExpired)
			continue
		}
		switch rec.State {
		case reply.Pending:
			mustRegister(s, fresh, rec.Request)
		case reply.Cancelled:
			mustRegister(s, fresh, rec.Request)
			s.allow("Cancel", fresh.Cancel(s.Context(), r.ID))
		case reply.Completed:
			completed[r.ID] = true
			s.copyReply(fresh, rec.Reply)
		}
	}
	s.checkMailboxes(completed)
	return fresh.Stats()
}

func (s *soak) copyReply(to *memory.Store, r reply.Reply) {
	s.Helper()
	mustClaim(s, to, reply.Claim{Key: r.Key, Owner: r.ID, Expires: r.Expires})
	mustComplete(s, to, r)
	s.allow("Release", to.Release(s.Context(), r.Key, r.ID))
}

func (s *soak) checkMailboxes(completed map[reply.ID]bool) {
	s.Helper()
	for box := range reply.Mailbox(soakBoxes) {
		replies, err := s.store.Collect(s.Context(), box, reply.ID{})
		if err != nil {
			s.Fatal(err)
		}
		for _, r := range replies {
			if !completed[r.ID] {
				s.Errorf("mailbox %d holds %s, which is not completed", box, r.ID)
			}
			delete(completed, r.ID)
		}
	}
	if len(completed) != 0 {
		s.Errorf("%d completed replies are in no mailbox", len(completed))
	}
}
