package replytest

import (
	"strconv"

	"github.com/homing-dev/homing/adapter/reply"
)

func completeChecks() []check {
	return []check{
		{"ARegisteredRequestIsCompleted", completesRegistered},
		{"ARequestNeedNotBeRegistered", completesUnregistered},
		{"ALaterReplyIsRefusedAndChangesNothing", laterReplyIsRefused},
		{"TheFirstOfManyRacingRepliesWins", func(s *trial) { firstReplyWins(s, s.request()) }},
		{"TheFirstOfManyRacingRepliesWinsIfRegistered", func(s *trial) { firstReplyWins(s, s.registered()) }},
		{"ARegisterThatRacesWithTheReplyLosesNoReply", registerRacesWithReply},
	}
}

func completesRegistered(s *trial) {
	r := s.request()
	r.Tenant, r.Chain = "tenant of the request", "chain of the request"
	s.want(s.store.Register(s.Context(), r), nil, "Register")
	other := s.registered()

	want := newReply(r, "first")
	s.want(s.store.Complete(s.Context(), want), nil, "Complete")
	s.wantReply(want)
	s.wantState(other, reply.Pending)
}

func completesUnregistered(s *trial) {
	want := newReply(s.request(), "first")
	s.want(s.store.Complete(s.Context(), want), nil, "Complete")
	s.wantReply(want)
}

func laterReplyIsRefused(s *trial) {
	first := s.completed()
	s.want(s.store.Complete(s.Context(), first), reply.ErrCompleted, "Complete with the same reply")
	second := newReply(first.Request, "second")
	second.Tenant = "other"
	s.want(s.store.Complete(s.Context(), second), reply.ErrCompleted, "Complete with another reply")
	s.wantReply(first)
	s.wantCollect(first.ID, first)
}

func firstReplyWins(s *trial, r reply.Request) {
	s.Helper()
	offer := func(i int) reply.Reply { return newReply(r, strconv.Itoa(i)) }
	won := s.winner(race(racers, func(i int) error {
		return s.store.Complete(s.Context(), offer(i))
	}), reply.ErrCompleted)
	s.wantReply(offer(won))
	s.wantCollect(r.ID, offer(won))
}

// registerRacesWithReply is what happens when a connection's wait runs out
// just as the reply comes.
func registerRacesWithReply(s *trial) {
	for range rounds {
		want := newReply(s.request(), "first")
		answers := race(2, func(i int) error {
			if i == 0 {
				return s.store.Register(s.Context(), want.Request)
			}
			return s.store.Complete(s.Context(), want)
		})
		s.wantOneOf(answers[0], "Register", nil, reply.ErrCompleted)
		s.want(answers[1], nil, "Complete")
		s.wantReply(want)
	}
}
