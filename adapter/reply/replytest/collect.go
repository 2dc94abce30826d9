package replytest

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

func collectChecks() []check {
	return []check{
		{"AnEmptyMailboxHasNothing", emptyMailbox},
		{"RepliesComeInTheOrderOfTheirIDs", collectsInOrder},
		{"OnlyRepliesFromSinceOnAreReturned", collectsSince},
		{"OnlyCompletedRequestsAreReturned", collectsCompleted},
		{"OtherMailboxesAreNotReturned", collectsOwnMailbox},
		{"MoreThanOnePageIsReturnedWhole", collectsPages},
	}
}

func emptyMailbox(s *trial) { s.wantCollect(reply.ID{}) }

func collectsInOrder(s *trial) {
	const replies = 40
	want := s.completedInDisorder(replies, "small")
	s.wantCollect(reply.ID{}, want...)
	s.wantCollect(reply.ID{}, want...) // collecting takes nothing away
}

func collectsSince(s *trial) {
	const replies = 10
	want := s.completedInDisorder(replies, "small")
	for i := range want {
		s.wantCollect(want[i].ID, want[i:]...)
	}
	s.wantCollect(reply.NewID(s.clock.Now().Add(lifetime), s.box))
}

func collectsCompleted(s *trial) {
	pending := s.registered()
	_ = s.cancelled()
	done := s.completed()
	s.wantCollect(reply.ID{}, done)

	second := newReply(pending, "second")
	s.want(s.store.Complete(s.Context(), second), nil, "Complete")
	s.wantCollect(reply.ID{}, inOrder([]reply.Reply{done, second})...)
}

func collectsOwnMailbox(s *trial) {
	mine := s.completed()
	neighbour := s.request()
	neighbour.ID = reply.NewID(s.clock.Now(), s.box^1) // only the last bit differs
	s.want(s.store.Complete(s.Context(), newReply(neighbour, "not mine")), nil, "Complete")
	s.wantCollect(reply.ID{}, mine)
}

// collectsPages puts more into a mailbox than a page of a database holds.
func collectsPages(s *trial) {
	const replies, each = 150, 20_000
	s.wantCollect(reply.ID{}, s.completedInDisorder(replies, strings.Repeat("x", each))...)
}

// completedInDisorder completes n requests, of which some start in the same
// millisecond, and returns their replies in the order of their ids.
func (s *trial) completedInDisorder(n int, text string) []reply.Reply {
	s.Helper()
	const sameMillisecond = 3
	replies := make([]reply.Reply, n)
	for i := range replies {
		r := s.request()
		r.ID = reply.NewID(s.clock.Now().Add(time.Duration(i/sameMillisecond)*time.Millisecond), s.box)
		replies[i] = newReply(r, text+strconv.Itoa(i))
	}
	for _, i := range rand.Perm(n) { //nolint:gosec // any order will do.
		s.want(s.store.Complete(s.Context(), replies[i]), nil, "Complete")
	}
	return inOrder(replies)
}

func inOrder(replies []reply.Reply) []reply.Reply {
	slices.SortFunc(replies, func(a, b reply.Reply) int { return a.ID.Compare(b.ID) })
	return replies
}
