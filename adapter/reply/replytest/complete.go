package replytest

import (
	"cmp"
	"strconv"

	"github.com/homing-dev/homing/adapter/reply"
)

func completeChecks() []check {
	return []check{
		{"ARegisteredRequestIsCompleted", completesRegistered},
		{"ARequestNeedNotBeRegistered", completesUnregistered},
		{"WhatIsEmptyInAReplyIsThatOfTheRegisteredRequest", func(s *trial) { fillsIn(s, true) }},
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

// fillsIn holds that what a reply leaves empty is that of its request, whichever
// comes first. A sync call may become async just as the reply comes, and who
// asked must be able to fetch it.
func fillsIn(s *trial, registerFirst bool) {
	without := map[string]func(*reply.Request){
		"tenant":           func(r *reply.Request) { r.Tenant = "" },
		"chain":            func(r *reply.Request) { r.Chain = "" },
		"tenant and chain": func(r *reply.Request) { r.Tenant, r.Chain = "", "" },
	}
	done := make([]reply.Reply, 0, len(without))
	for name, leave := range without {
		full, bare := s.request(), s.request()
		bare.ID = full.ID
		leave(&bare)
		want := newReply(bare, "first")
		want.Tenant, want.Chain = cmp.Or(bare.Tenant, full.Tenant), cmp.Or(bare.Chain, full.Chain)
		if registerFirst {
			s.want(s.store.Register(s.Context(), full), nil, "Register")
		}
		s.want(s.store.Complete(s.Context(), newReply(bare, "first")), nil, "Complete without "+name)
		if !registerFirst {
			s.want(s.store.Register(s.Context(), full), reply.ErrCompleted, "Register after the reply without "+name)
		}
		s.wantReply(want)
		done = append(done, want)
		s.wantCollect(reply.ID{}, inOrder(done)...)
		s.want(s.store.Register(s.Context(), full), reply.ErrCompleted, "Register again")
		s.wantReply(want)
	}
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
		bare := want
		bare.Tenant, bare.Chain = "", ""
		errs := race(2, func(i int) error {
			if i == 0 {
				return s.store.Register(s.Context(), want.Request)
			}
			return s.store.Complete(s.Context(), bare)
		})
		s.wantOneOf(errs[0], "Register", nil, reply.ErrCompleted)
		s.want(errs[1], nil, "Complete")
		s.wantReply(want)
	}
}
