package memory_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
)

func TestAListenerMayUseTheStoreAndStopItself(t *testing.T) {
	t.Parallel()
	clock := newClock()
	store := memory.New(memory.Options{Now: clock.Now})
	var arrived int
	var stop func()
	stop = store.Notify(1, func(r reply.Reply) {
		arrived++
		if _, err := store.Lookup(t.Context(), r.ID); err != nil {
			t.Errorf("Lookup by the listener: %v", err)
		}
		mustRegister(t, store, request(clock.Now(), 1))
		stop()
		mustComplete(t, store, newReply(request(clock.Now(), 1), 10)) // does not arrive
	})
	mustComplete(t, store, newReply(request(clock.Now(), 1), 10))
	mustComplete(t, store, newReply(request(clock.Now(), 1), 10))
	if arrived != 1 {
		t.Errorf("%d have arrived, want 1", arrived)
	}
}

func TestEveryListenerGetsItsOwnCopy(t *testing.T) {
	t.Parallel()
	clock := newClock()
	store := memory.New(memory.Options{Now: clock.Now})
	for range 2 {
		stop := store.Notify(1, func(r reply.Reply) {
			if got := r.Event.Subject(); got != "" {
				t.Errorf("the event was changed by another listener: subject %q", got)
			}
			r.Event.SetSubject("changed")
			r.Event.SetExtension("changed", true)
		})
		t.Cleanup(stop)
	}
	r := newReply(request(clock.Now(), 1), 10)
	mustComplete(t, store, r)
	for who, ev := range map[string]reply.Reply{"the caller": r, "the store": stored(t, store, r.ID)} {
		if got := ev.Event.Subject(); got != "" {
			t.Errorf("the event of %s was changed: subject %q", who, got)
		}
	}
}

// What does not arrive at a listener, a Collect after Notify returns: so an
// adapter starts without losing a reply.
func TestNotifyAndThenCollectMissNothing(t *testing.T) {
	t.Parallel()
	clock := newClock()
	store := memory.New(memory.Options{Now: clock.Now})
	const replies = 500
	var running sync.WaitGroup
	half := make(chan struct{})
	running.Go(func() {
		for i := range replies {
			if i == replies/2 {
				close(half)
			}
			mustCompleteConcurrently(t, store, newReply(request(clock.Now(), 1), 10))
		}
	})
	<-half
	var mu sync.Mutex
	seen := map[reply.ID]bool{}
	see := func(r reply.Reply) {
		mu.Lock()
		defer mu.Unlock()
		seen[r.ID] = true
	}
	stop := store.Notify(1, see)
	t.Cleanup(stop)
	collected, err := store.Collect(t.Context(), 1, reply.ID{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range collected {
		see(r)
	}
	running.Wait()
	if len(seen) != replies {
		t.Errorf("%d replies were seen, want %d", len(seen), replies)
	}
}

func TestListenersComeAndGoWhileRepliesArrive(t *testing.T) {
	t.Parallel()
	clock := newClock()
	store := memory.New(memory.Options{Now: clock.Now})
	var always atomic.Int64
	stop := store.Notify(1, func(reply.Reply) { always.Add(1) })
	t.Cleanup(stop)
	const workers, each = 8, 200
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for range each {
				brief := store.Notify(1, func(reply.Reply) {})
				mustCompleteConcurrently(t, store, newReply(request(clock.Now(), 1), 10))
				brief()
			}
		})
	}
	running.Wait()
	if got := always.Load(); got != workers*each {
		t.Errorf("%d have arrived, want %d", got, workers*each)
	}
}

func mustCompleteConcurrently(t *testing.T, s *memory.Store, r reply.Reply) {
	t.Helper()
	if err := s.Complete(t.Context(), r); err != nil {
		t.Errorf("Complete: %v", err)
	}
}
