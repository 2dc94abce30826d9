package replytest

import (
	"github.com/homing-dev/homing/adapter/reply"
)

func registerChecks() []check {
	return []check{
		{"ARegisteredRequestIsPendingWithAllItsFields", registeredIsPending},
		{"AnIDThatWasNeverSeenIsUnknown", neverSeenIsUnknown},
		{"AnIDThatIsThereIsRefused", secondRegisterIsRefused},
		{"OneOfManyRacingRegistersWins", oneRegisterWins},
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
