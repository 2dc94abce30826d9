package replytest

import (
	"crypto/rand"

	"github.com/homing-dev/homing/adapter/reply"
)

func registerChecks() []check {
	return []check{
		{"ARegisteredRequestIsPendingWithAllItsFields", registeredIsPending},
		{"ACallbackIsKeptWhileTheRequestIsPending", callbackIsKeptWhilePending},
		{"AnIDThatWasNeverSeenIsUnknown", neverSeenIsUnknown},
		{"AnIDThatIsThereIsRefused", secondRegisterIsRefused},
		{"OneOfManyRacingRegistersWins", oneRegisterWins},
		{"ARegisterAfterTheReplyFillsInWhatThatLeftEmpty", func(s *trial) { fillsIn(s, false) }},
		{"ARegisterAfterTheReplyChangesNothingElse", lateRegisterChangesNothingElse},
		{"ARegisterAfterTheReplyKeepsTheKey", lateRegisterKeepsTheKey},
	}
}

func registeredIsPending(s *trial) {
	r := s.request()
	r.Key = newKey()
	s.want(s.store.Register(s.Context(), r), nil, "Register")
	s.wantState(r, reply.Pending)

	bare := reply.Request{ID: reply.NewID(s.clock.Now(), s.box), Expires: s.clock.Now().Add(lifetime)}
	s.want(s.store.Register(s.Context(), bare), nil, "Register without tenant, chain, key and deadline")
	s.wantState(bare, reply.Pending)
	s.wantState(r, reply.Pending)
}

func callbackIsKeptWhilePending(s *trial) {
	r := s.request()
	r.Callback = "https://hooks.example.com/?orders=" + rand.Text()
	s.want(s.store.Register(s.Context(), r), nil, "Register with a callback")
	s.wantState(r, reply.Pending)
	s.want(s.store.Register(s.Context(), r), reply.ErrCompleted, "Register again")
	s.wantState(r, reply.Pending)
	done := newReply(r, "first")
	done.Callback = ""
	s.want(s.store.Complete(s.Context(), done), nil, "Complete")
	s.wantReply(done)
}

func neverSeenIsUnknown(s *trial) {
	_ = s.registered() // another one is there
	s.wantLookup(s.request().ID, reply.ErrUnknown)
	s.want(s.store.Cancel(s.Context(), s.request().ID), reply.ErrUnknown, "Cancel")
}

func secondRegisterIsRefused(s *trial) {
	pending := s.registered()
	other := pending
	other.Tenant = "other"
	s.want(s.store.Register(s.Context(), other), reply.ErrCompleted, "Register of a pending request")
	s.wantState(pending, reply.Pending)

	completed := s.completed()
	s.want(s.store.Register(s.Context(), completed.Request), reply.ErrCompleted, "Register of a completed request")
	s.wantReply(completed)

	cancelled := s.cancelled()
	s.want(s.store.Register(s.Context(), cancelled), reply.ErrCompleted, "Register of a cancelled request")
	s.wantState(cancelled, reply.Cancelled)
}

func oneRegisterWins(s *trial) {
	r := s.request()
	s.winner(race(racers, func(int) error {
		return s.store.Register(s.Context(), r)
	}), reply.ErrCompleted)
	s.wantState(r, reply.Pending)
}

func lateRegisterChangesNothingElse(s *trial) {
	done := s.completed()
	other := s.request()
	other.ID, other.Chain = done.ID, "other"
	other.Deadline, other.Expires = other.Deadline.Add(margin), other.Expires.Add(-lifetime/2)
	s.want(s.store.Register(s.Context(), other), reply.ErrCompleted, "Register after the reply")
	s.wantReply(done)
	s.clock.advance(lifetime/2 + margin)
	s.wantReply(done)
}

func lateRegisterKeepsTheKey(s *trial) {
	key := newKey()
	holder, full := s.claim(key, "buy")
	s.wantHolder(holder, holder.Owner)
	bare := full
	bare.Key = ""
	s.want(s.store.Complete(s.Context(), bare), nil, "Complete without the key")
	s.want(s.store.Register(s.Context(), full.Request), reply.ErrCompleted, "Register after the reply")
	s.wantReply(full)
	s.clock.advance(lease + margin)
	next, _ := s.claim(key, "buy")
	s.wantHolder(next, holder.Owner)
}
