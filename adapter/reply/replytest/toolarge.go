package replytest

import (
	"crypto/rand"
	"errors"
	"strconv"
	"strings"

	"github.com/homing-dev/homing/adapter/reply"
)

// maxReply is the limit of the stores of these checks, in bytes.
const maxReply = 32 << 10

func tooLargeChecks() []check {
	return []check{
		{"ATooLargeReplyIsRefusedAndASmallerOneMayFollow", smallerMayFollow},
		{"DataAttributesAndProgressCount", everythingCounts},
		{"AReplyWithinTheLimitIsTaken", withinTheLimit},
		{"ATooLargeReplyChangesNothingThatHasEnded", tooLargeForTheEnded},
		{"OthersAreServedBesideTooLargeReplies", othersAreServed},
	}
}

// enlarged is r with data that no store takes.
func enlarged(r reply.Reply) reply.Reply {
	r.Event.DataEncoded = make([]byte, 2*maxReply)
	_, _ = rand.Read(r.Event.DataEncoded) // never fails
	return r
}

// wantTooLarge fails the check unless a reply is refused by an error that names
// the limit.
func (s *trial) wantTooLarge(r reply.Reply, call string) {
	s.Helper()
	err := s.store.Complete(s.Context(), r)
	s.want(err, reply.ErrTooLarge, call)
	if !strings.Contains(err.Error(), strconv.Itoa(maxReply)) {
		s.Fatalf("%s: the error does not name the limit of %d bytes: %v", call, maxReply, err)
	}
}

func smallerMayFollow(s *trial) {
	_, keyed := s.held(newKey(), "buy")
	claim, claimed := s.claim(newKey(), "buy")
	s.wantHolder(claim, claim.Owner)
	for kind, tt := range map[string]struct {
		reply.Reply

		lookup error
	}{
		"registered":             {newReply(s.registered(), "sorry"), nil},
		"unregistered":           {newReply(s.request(), "sorry"), reply.ErrUnknown},
		"keyed":                  {keyed, nil},
		"keyed and unregistered": {claimed, reply.ErrUnknown},
	} {
		r := tt.Reply
		in := &inbox{}
		if s.notifies() {
			in, _ = s.listen(s.box)
		}
		s.wantTooLarge(enlarged(r), "Complete of a request that is "+kind)
		s.wantTooLarge(enlarged(r), "Complete again of a request that is "+kind)
		if s.wantLookup(r.ID, tt.lookup); tt.lookup == nil {
			s.wantState(r.Request, reply.Pending)
		}
		s.wantInMailbox(r.ID, false)
		s.want(s.store.Complete(s.Context(), r), nil, "Complete with a smaller reply of a request that is "+kind)
		s.wantReply(r)
		s.wantInMailbox(r.ID, true)
		if s.notifies() {
			s.wantArrived(in, r)
		}
	}
}

func everythingCounts(s *trial) {
	text := rand.Text() + strings.Repeat("x", 2*maxReply)
	for kind, enlarge := range map[string]func(*reply.Reply){
		"data":       func(r *reply.Reply) { *r = enlarged(*r) },
		"attributes": func(r *reply.Reply) { r.Event.SetExtension("large", text) },
		"progress":   func(r *reply.Reply) { r.Progress = []reply.Progress{{Step: text, State: "finished", Attempt: 1}} },
	} {
		r := newReply(s.registered(), "small")
		enlarge(&r)
		s.wantTooLarge(r, "Complete with too large "+kind)
		s.wantState(r.Request, reply.Pending)
	}
}

func withinTheLimit(s *trial) {
	r := newReply(s.request(), "")
	r.Event.DataEncoded = enlarged(r).Event.DataEncoded[:maxReply/2]
	s.want(s.store.Complete(s.Context(), r), nil, "Complete with a reply within the limit")
	s.wantReply(r)
	s.wantCollect(r.ID, r)
}

func tooLargeForTheEnded(s *trial) {
	done := s.completed()
	err := s.store.Complete(s.Context(), enlarged(done))
	s.wantOneOf(err, "Complete of a completed request", reply.ErrTooLarge, reply.ErrCompleted)
	s.wantReply(done)
	cancelled := s.cancelled()
	err = s.store.Complete(s.Context(), enlarged(newReply(cancelled, "")))
	s.wantOneOf(err, "Complete of a cancelled request", reply.ErrTooLarge, reply.ErrCancelled)
	s.wantState(cancelled, reply.Cancelled)
}

func othersAreServed(s *trial) {
	earlier, large := s.completed(), newReply(s.registered(), "sorry")
	key := newKey()
	holder, keyed := s.held(key, "buy")
	errs := race(racers, func(i int) error {
		switch r := s.request(); i % 4 {
		case 0:
			return s.store.Complete(s.Context(), enlarged(large))
		case 1:
			return s.store.Register(s.Context(), r)
		case 2:
			return s.store.Complete(s.Context(), newReply(r, "small"))
		default:
			c, _ := s.claim(newKey(), "buy")
			_, err := s.store.Claim(s.Context(), c)
			return err
		}
	})
	for i, err := range errs {
		if tooLarge := i%4 == 0; errors.Is(err, reply.ErrTooLarge) != tooLarge || (err != nil) != tooLarge {
			s.Errorf("call %d, of a reply that is too large (%t), returned %v", i, tooLarge, err)
		}
	}
	s.wantReply(earlier)
	s.wantHolder(holder, holder.Owner)
	for _, r := range []reply.Reply{large, keyed, newReply(s.request(), "later")} {
		s.want(s.store.Complete(s.Context(), r), nil, "Complete after replies that were too large")
		s.wantReply(r)
	}
}
