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
		{"WhatIsEmptyInAReplyIsThatOfTheRegisteredRequest", emptyIsRegistered},
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

// someEmpty gives requests that lack something which another may have.
func (s *trial) someEmpty() map[string]reply.Request {
	noTenant, noChain, neither := s.request(), s.request(), s.request()
	noTenant.Tenant, noChain.Chain = "", ""
	neither.Tenant, neither.Chain = "", ""
	return map[string]reply.Request{"tenant": noTenant, "chain": noChain, "tenant and chain": neither}
}

// fill is r with what is empty in it taken from the other.
func fill(r, other reply.Request) reply.Request {
	r.Tenant = cmp.Or(r.Tenant, other.Tenant)
	r.Chain = cmp.Or(r.Chain, other.Chain)
	r.Key = cmp.Or(r.Key, other.Key)
	return r
}

func emptyIsRegistered(s *trial) {
	requests := s.someEmpty()
	done := make([]reply.Reply, 0, len(requests))
	for name, r := range requests {
		full := s.request()
		full.ID = r.ID
		s.want(s.store.Register(s.Context(), full), nil, "Register")
		s.want(s.store.Complete(s.Context(), newReply(r, "first")), nil, "Complete without "+name)
		want := newReply(fill(r, full), "first")
		s.wantReply(want)
		done = append(done, want)
		s.wantCollect(reply.ID{}, inOrder(done)...)
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
		answers := race(2, func(i int) error {
			if i == 0 {
				return s.store.Register(s.Context(), want.Request)
			}
			return s.store.Complete(s.Context(), bare)
		})
		s.wantOneOf(answers[0], "Register", nil, reply.ErrCompleted)
		s.want(answers[1], nil, "Complete")
		s.wantReply(want)
	}
}
