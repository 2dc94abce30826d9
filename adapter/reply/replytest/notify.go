package replytest

import (
	"sync"

	"github.com/homing-dev/homing/adapter/reply"
)

func notifyChecks() []check {
	return []check{
		{"EveryReplyIsToldOnceAfterLookupSeesIt", toldOnce},
		{"RepliesFromBeforeAreNotTold", earlierNotTold},
		{"ARefusedReplyIsNotTold", refusedNotTold},
		{"OtherMailboxesAreNotTold", otherMailboxNotTold},
		{"StopEndsItForOneListenerOnly", stopEndsIt},
		{"RacingRepliesAreEachToldOnce", racingRepliesTold},
	}
}

// inbox is what a listener was told.
type inbox struct {
	mu  sync.Mutex
	got []reply.Reply
}

// listen begins to listen to the mailbox of the check. A store that wakes
// nobody has nothing to check: ok is false then.
func (s *trial) listen(box reply.Mailbox) (told *inbox, stop func(), ok bool) {
	s.Helper()
	notifier, ok := s.store.(reply.Notifier)
	if !ok {
		s.Log("the store does not implement reply.Notifier")
		return nil, nil, false
	}
	told = &inbox{}
	stop = notifier.Notify(box, func(r reply.Reply) {
		if got, err := s.store.Lookup(s.Context(), r.ID); err != nil || got.State != reply.Completed {
			s.Errorf("told of a reply that Lookup does not see: %v, state %d", err, got.State)
		}
		told.mu.Lock()
		defer told.mu.Unlock()
		told.got = append(told.got, r)
	})
	s.Cleanup(stop)
	return told, stop, true
}

// wantTold fails the check unless the listener was told just these replies,
// in any order.
func (s *trial) wantTold(told *inbox, want ...reply.Reply) {
	s.Helper()
	told.mu.Lock()
	defer told.mu.Unlock()
	if d := diff(inOrder(want), inOrder(told.got)); d != "" {
		s.Fatalf("told of other replies (-want +got):\n%s", d)
	}
}

func toldOnce(s *trial) {
	told, _, ok := s.listen(s.box)
	if !ok {
		return
	}
	registered := newReply(s.registered(), "registered")
	s.wantTold(told)
	s.want(s.store.Complete(s.Context(), registered), nil, "Complete")
	s.wantTold(told, registered)
	s.wantTold(told, registered, s.completed())
}

func earlierNotTold(s *trial) {
	_ = s.completed()
	if told, _, ok := s.listen(s.box); ok {
		s.wantTold(told)
	}
}

func refusedNotTold(s *trial) {
	done, cancelled := s.completed(), s.cancelled()
	unclaimed := newReply(s.request(), "no claim")
	unclaimed.Key = newKey()
	expired := newReply(s.request(), "late")
	expired.Expires = s.clock.Now().Add(-margin)
	told, _, ok := s.listen(s.box)
	if !ok {
		return
	}
	s.want(s.store.Complete(s.Context(), done), reply.ErrCompleted, "Complete again")
	s.want(s.store.Complete(s.Context(), newReply(cancelled, "late")), reply.ErrCancelled, "Complete of a cancelled request")
	s.want(s.store.Complete(s.Context(), unclaimed), reply.ErrSuperseded, "Complete without the claim")
	s.want(s.store.Complete(s.Context(), expired), reply.ErrExpired, "Complete of an expired request")
	s.wantTold(told)
}

func otherMailboxNotTold(s *trial) {
	other, _, ok := s.listen(s.box ^ 1)
	if !ok {
		return
	}
	_ = s.completed()
	s.wantTold(other)
}

func stopEndsIt(s *trial) {
	stopped, stop, ok := s.listen(s.box)
	if !ok {
		return
	}
	stays, _, _ := s.listen(s.box)
	first := s.completed()
	stop()
	stop() // is no error
	second := s.completed()
	s.wantTold(stopped, first)
	s.wantTold(stays, first, second)
}

func racingRepliesTold(s *trial) {
	told, _, ok := s.listen(s.box)
	if !ok {
		return
	}
	const each = 5 // replies offered per request
	offers := make([]reply.Reply, racers/each)
	for i := range offers {
		offers[i] = newReply(s.request(), "racing")
	}
	race(racers, func(i int) error { return s.store.Complete(s.Context(), offers[i/each]) })
	s.wantTold(told, offers...)
}
