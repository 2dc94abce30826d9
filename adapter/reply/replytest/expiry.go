package replytest

import (
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

func expiryChecks() []check {
	return []check{
		{"ARecordLivesUntilItsExpires", livesUntilExpires},
		{"NothingIsReturnedAfterExpires", nothingAfterExpires},
		{"AnExpiredIDIsNotTakenAgain", expiredIsNotTakenAgain},
		{"AReplyPastItsExpiresIsRefused", replyPastExpires},
		{"LongAfterExpiresItIsStillNotReturned", longAfterExpires},
		{"OthersOutliveAnExpiredOne", othersOutlive},
	}
}

func livesUntilExpires(s *trial) {
	pending, completed, cancelled := s.registered(), s.completed(), s.cancelled()
	s.clock.advance(lifetime - margin)
	s.wantState(pending, reply.Pending)
	s.wantReply(completed)
	s.wantState(cancelled, reply.Cancelled)
	s.wantCollect(reply.ID{}, completed)

	late := newReply(pending, "after the deadline, but not expired")
	s.want(s.store.Complete(s.Context(), late), nil, "Complete after the deadline")
	s.wantReply(late)
}

func nothingAfterExpires(s *trial) {
	pending, completed, cancelled := s.registered(), s.completed(), s.cancelled()
	s.clock.advance(lifetime + margin)
	s.wantCollect(reply.ID{})
	for _, id := range []reply.ID{pending.ID, completed.ID, cancelled.ID} {
		s.wantLookup(id, reply.ErrExpired)
		s.want(s.store.Cancel(s.Context(), id), reply.ErrExpired, "Cancel of an expired request")
		s.wantLookup(id, reply.ErrExpired)
	}
}

func expiredIsNotTakenAgain(s *trial) {
	pending, completed, cancelled := s.registered(), s.completed().Request, s.cancelled()
	s.clock.advance(lifetime + margin)
	for _, r := range []reply.Request{pending, completed, cancelled} {
		s.want(s.store.Complete(s.Context(), newReply(r, "late")), reply.ErrExpired, "Complete of an expired request")
		s.wantOneOf(s.store.Register(s.Context(), r), "Register of an expired request", reply.ErrExpired, reply.ErrCompleted)
		s.wantLookup(r.ID, reply.ErrExpired)
	}
	s.wantCollect(reply.ID{})
}

func replyPastExpires(s *trial) {
	r := newReply(s.request(), "late")
	s.clock.advance(lifetime + margin)
	s.want(s.store.Complete(s.Context(), r), reply.ErrExpired, "Complete past the reply's Expires")
	_, err := s.store.Lookup(s.Context(), r.ID)
	s.wantOneOf(err, "Lookup", reply.ErrUnknown, reply.ErrExpired)
	s.wantCollect(reply.ID{})
}

func longAfterExpires(s *trial) {
	pending, completed := s.registered(), s.completed()
	const years = 10 * 365 * 24 * time.Hour
	s.clock.advance(years)
	for _, id := range []reply.ID{pending.ID, completed.ID} {
		_, err := s.store.Lookup(s.Context(), id)
		s.wantOneOf(err, "Lookup", reply.ErrExpired, reply.ErrUnknown)
	}
	s.wantCollect(reply.ID{})
}

func othersOutlive(s *trial) {
	short := newReply(s.request(), "short")
	short.Expires = s.clock.Now().Add(lifetime / 2)
	long := newReply(s.request(), "long")
	s.want(s.store.Complete(s.Context(), short), nil, "Complete")
	s.want(s.store.Complete(s.Context(), long), nil, "Complete")
	s.clock.advance(lifetime/2 + margin)
	s.wantLookup(short.ID, reply.ErrExpired)
	s.wantReply(long)
	s.wantCollect(reply.ID{}, long)
}
