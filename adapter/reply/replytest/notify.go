package replytest

import (
	"sync"

	"github.com/homing-dev/homing/adapter/reply"
)

func notifyChecks() []check {
	return []check{
		{"EveryReplyArrivesOnceAfterLookupSeesIt", ifNotifies(arrivesOnce)},
		{"RepliesFromBeforeDoNotArrive", ifNotifies(earlierDoNotArrive)},
		{"ARefusedReplyDoesNotArrive", ifNotifies(refusedDoesNotArrive)},
		{"OtherMailboxesDoNotArrive", ifNotifies(otherMailboxDoesNotArrive)},
		{"StopEndsItForOneListenerOnly", ifNotifies(stopEndsIt)},
		{"RacingRepliesEachArriveOnce", ifNotifies(racingRepliesArrive)},
	}
}

func (s *trial) notifies() bool {
	_, ok := s.store.(reply.Notifier)
	return ok
}

// ifNotifies is a check that a store passes which wakes nobody.
func ifNotifies(run func(*trial)) func(*trial) {
	return func(s *trial) {
		if s.notifies() {
			run(s)
		} else {
			s.Log("the store does not implement reply.Notifier")
		}
	}
}

// inbox is what has arrived at a listener.
type inbox struct {
	mu  sync.Mutex
	got []reply.Reply
}

// listen begins to listen to a mailbox of a store that notifies.
func (s *trial) listen(box reply.Mailbox) (in *inbox, stop func()) {
	s.Helper()
	in = &inbox{}
	notifier, _ := s.store.(reply.Notifier)
	stop = notifier.Notify(box, func(r reply.Reply) {
		if got, err := s.store.Lookup(s.Context(), r.ID); err != nil || got.State != reply.Completed {
			s.Errorf("a reply arrived that Lookup does not see: %v, state %d", err, got.State)
		}
		in.mu.Lock()
		defer in.mu.Unlock()
		in.got = append(in.got, r)
	})
	s.Cleanup(stop)
	return in, stop
}

// wantArrived fails the check unless just these replies have arrived, in any
// order.
func (s *trial) wantArrived(in *inbox, want ...reply.Reply) {
	s.Helper()
	in.mu.Lock()
	defer in.mu.Unlock()
	if d := diff(inOrder(want), inOrder(in.got)); d != "" {
		s.Fatalf("other replies have arrived (-want +got):\n%s", d)
	}
}

func arrivesOnce(s *trial) {
	in, _ := s.listen(s.box)
	registered := newReply(s.registered(), "registered")
	s.wantArrived(in)
	s.want(s.store.Complete(s.Context(), registered), nil, "Complete")
	s.wantArrived(in, registered)
	s.wantArrived(in, registered, s.completed())
}

func earlierDoNotArrive(s *trial) {
	_ = s.completed()
	in, _ := s.listen(s.box)
	s.wantArrived(in)
}

func refusedDoesNotArrive(s *trial) {
	done, cancelled := s.completed(), s.cancelled()
	unclaimed := newReply(s.request(), "no claim")
	unclaimed.Key = newKey()
	expired := newReply(s.request(), "late")
	expired.Expires = s.clock.Now().Add(-margin)
	in, _ := s.listen(s.box)
	s.want(s.store.Complete(s.Context(), done), reply.ErrCompleted, "Complete again")
	s.want(s.store.Complete(s.Context(), newReply(cancelled, "late")), reply.ErrCancelled, "Complete of a cancelled request")
	s.want(s.store.Complete(s.Context(), unclaimed), reply.ErrSuperseded, "Complete without the claim")
	s.want(s.store.Complete(s.Context(), expired), reply.ErrExpired, "Complete of an expired request")
	s.wantArrived(in)
}

func otherMailboxDoesNotArrive(s *trial) {
	other, _ := s.listen(s.box ^ 1)
	_ = s.completed()
	s.wantArrived(other)
}

func stopEndsIt(s *trial) {
	stopped, stop := s.listen(s.box)
	stays, _ := s.listen(s.box)
	first := s.completed()
	stop()
	stop() // is no error
	second := s.completed()
	s.wantArrived(stopped, first)
	s.wantArrived(stays, first, second)
}

func racingRepliesArrive(s *trial) {
	in, _ := s.listen(s.box)
	const each = 5 // replies offered per request
	offers := make([]reply.Reply, racers/each)
	for i := range offers {
		offers[i] = newReply(s.request(), "racing")
	}
	race(racers, func(i int) error { return s.store.Complete(s.Context(), offers[i/each]) })
	s.wantArrived(in, offers...)
}
