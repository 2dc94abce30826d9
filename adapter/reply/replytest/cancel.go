package replytest

import (
	"errors"

	"github.com/homing-dev/homing/adapter/reply"
)

func cancelChecks() []check {
	return []check{
		{"APendingRequestIsCancelled", cancelsPending},
		{"CancellingAgainIsNoError", cancelsTwice},
		{"ACompletedRequestIsNotCancelled", completedIsNotCancelled},
		{"AReplyAfterTheCancellationIsRefused", replyAfterCancelIsRefused},
		{"EitherTheCancellationOrTheReplyWins", cancelRacesWithReply},
	}
}

func cancelsPending(s *trial) {
	r, other := s.registered(), s.registered()
	s.want(s.store.Cancel(s.Context(), r.ID), nil, "Cancel")
	s.wantState(r, reply.Cancelled)
	s.wantState(other, reply.Pending)
	s.wantCollect(r.ID)
}

func cancelsTwice(s *trial) {
	r := s.cancelled()
	s.want(s.store.Cancel(s.Context(), r.ID), nil, "Cancel of a cancelled request")
	s.wantState(r, reply.Cancelled)
}

func completedIsNotCancelled(s *trial) {
	r := s.completed()
	s.want(s.store.Cancel(s.Context(), r.ID), reply.ErrCompleted, "Cancel of a completed request")
	s.wantReply(r)
}

func replyAfterCancelIsRefused(s *trial) {
	r := s.cancelled()
	s.want(s.store.Complete(s.Context(), newReply(r, "late")), reply.ErrCancelled, "Complete of a cancelled request")
	s.wantState(r, reply.Cancelled)
	s.wantCollect(r.ID)
}

func cancelRacesWithReply(s *trial) {
	for range rounds {
		want := newReply(s.registered(), "first")
		errs := race(2, func(i int) error {
			if i == 0 {
				return s.store.Cancel(s.Context(), want.ID)
			}
			return s.store.Complete(s.Context(), want)
		})
		switch cancelled, completed := errs[0], errs[1]; {
		case cancelled == nil && errors.Is(completed, reply.ErrCancelled):
			s.wantState(want.Request, reply.Cancelled)
		case completed == nil && errors.Is(cancelled, reply.ErrCompleted):
			s.wantReply(want)
		default:
			s.Fatalf("Cancel returned %v and Complete %v: one of them must win", cancelled, completed)
		}
	}
}
