package replytest

import (
	"context"

	"github.com/homing-dev/homing/adapter/reply"
)

// A call whose context ends may or may not have been carried out; these checks
// hold that it never was by half, and that it can be repeated.
func contextChecks() []check {
	return []check{
		{"AnEndedCompleteIsWholeOrNothing", endedComplete},
		{"ACompleteThatIsCutOffIsWholeOrNothing", cutOffComplete},
		{"AnEndedRegisterIsWholeOrNothing", endedRegister},
		{"AnEndedCancelIsWholeOrNothing", endedCancel},
		{"AnEndedClaimIsWholeOrNothing", endedClaim},
		{"AnEndedReadReturnsTheTruthOrAnError", endedRead},
	}
}

func (s *trial) ended() context.Context {
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	return ctx
}

func endedComplete(s *trial) {
	unregistered := newReply(s.request(), "first")
	s.wantWholeOrNothing(unregistered, s.store.Complete(s.ended(), unregistered), reply.ErrUnknown)
	registered := newReply(s.registered(), "first")
	s.wantWholeOrNothing(registered, s.store.Complete(s.ended(), registered), nil)
}

func cutOffComplete(s *trial) {
	for range rounds {
		request := s.request()
		request.ID = reply.NewID(s.clock.Now(), reply.NewMailbox()) // else each round reads the replies of the others
		r := newReply(request, "first")
		r.Event.DataEncoded = make([]byte, mebibyte)
		ctx, cancel := context.WithCancel(s.Context())
		errs := race(2, func(i int) error {
			if i == 0 {
				cancel()
				return nil
			}
			return s.store.Complete(ctx, r)
		})
		s.wantWholeOrNothing(r, errs[1], reply.ErrUnknown)
	}
}

// wantWholeOrNothing fails the check unless the reply is there as a whole, or
// Lookup returns what it did before (nil means pending) and Complete, which
// then returned an error, can be repeated.
func (s *trial) wantWholeOrNothing(r reply.Reply, completed, before error) {
	s.Helper()
	got, err := s.store.Lookup(s.Context(), r.ID)
	if err == nil && got.State == reply.Completed {
		s.wantReply(r)
		s.wantInMailbox(r.ID, true)
		s.want(s.store.Complete(s.Context(), r), reply.ErrCompleted, "Complete repeated")
		return
	}
	s.want(err, before, "Lookup after a Complete without effect")
	if completed == nil {
		s.Fatal("Complete returned no error, but the reply is not there")
	}
	s.wantInMailbox(r.ID, false)
	s.want(s.store.Complete(s.Context(), r), nil, "Complete repeated")
	s.wantReply(r)
	s.wantInMailbox(r.ID, true)
}

// wantInMailbox fails the check unless Collect returns the reply of an id, or
// does not.
func (s *trial) wantInMailbox(id reply.ID, want bool) {
	s.Helper()
	replies, err := s.store.Collect(s.Context(), id.Mailbox(), id)
	s.want(err, nil, "Collect")
	if got := len(replies) > 0 && replies[0].ID == id; got != want {
		s.Fatalf("the reply is among those collected: %t, want %t", got, want)
	}
}

func endedRegister(s *trial) {
	r := s.request()
	if s.store.Register(s.ended(), r) == nil {
		s.wantState(r, reply.Pending)
		return
	}
	s.wantOneOf(s.store.Register(s.Context(), r), "Register repeated", nil, reply.ErrCompleted)
	s.wantState(r, reply.Pending)
}

func endedCancel(s *trial) {
	r := s.registered()
	if s.store.Cancel(s.ended(), r.ID) != nil {
		s.want(s.store.Cancel(s.Context(), r.ID), nil, "Cancel repeated")
	}
	s.wantState(r, reply.Cancelled)
}

func endedClaim(s *trial) {
	key := newKey()
	c, r := s.claim(key, "buy")
	if holder, err := s.store.Claim(s.ended(), c); err == nil && holder != c.Owner {
		s.Fatalf("Claim of a free key returned the holder %s, want %s", holder, c.Owner)
	}
	s.wantHolder(c, c.Owner)
	if s.store.Release(s.ended(), key, c.Owner) != nil {
		s.want(s.store.Release(s.Context(), key, c.Owner), nil, "Release repeated")
	}
	s.want(s.store.Complete(s.Context(), r), reply.ErrSuperseded, "Complete after Release")
}

func endedRead(s *trial) {
	want := s.completed()
	if got, err := s.store.Lookup(s.ended(), want.ID); err == nil && diff(want, got.Reply) != "" {
		s.Fatalf("Lookup with an ended context returns another reply:\n%s", diff(want, got.Reply))
	}
	if got, err := s.store.Collect(s.ended(), s.box, want.ID); err == nil && diff([]reply.Reply{want}, got) != "" {
		s.Fatalf("Collect with an ended context returns other replies:\n%s", diff([]reply.Reply{want}, got))
	}
}
