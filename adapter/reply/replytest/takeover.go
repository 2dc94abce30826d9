package replytest

import (
	"errors"

	"github.com/homing-dev/homing/adapter/reply"
)

func takeoverChecks() []check {
	return []check{
		{"TheNextCallTakesOverWhenTheLeaseRanOut", nextCallTakesOver},
		{"AnotherCallMayTakeOverToo", otherCallTakesOver},
		{"OneOfManyRacingCallsTakesOver", oneCallTakesOver},
		{"AFormerOwnerCannotCompleteReleaseOrCancelForTheNext", zombieIsRefused},
		{"ALateOwnerCompletesIfNobodyTookOver", lateOwnerCompletes},
		{"EitherTheLateOwnerOrTheNextCallWins", lateOwnerRacesWithTakeover},
	}
}

// abandoned is a claim whose lease ran out before its owner completed.
func (s *trial) abandoned(key string) (reply.Claim, reply.Reply) {
	s.Helper()
	c, r := s.held(key, "buy")
	s.clock.advance(lease + margin)
	return c, r
}

func nextCallTakesOver(s *trial) {
	key := newKey()
	former, _ := s.abandoned(key)
	next, r := s.held(key, "buy")
	s.wantHolder(former, next.Owner)
	s.want(s.store.Complete(s.Context(), r), nil, "Complete by the next owner")
	s.wantReply(r)
	s.wantHolder(former, next.Owner)
}

func otherCallTakesOver(s *trial) {
	key := newKey()
	s.abandoned(key)
	s.held(key, "sell")
	s.wantKeyReused(key, "buy")
}

func oneCallTakesOver(s *trial) {
	key := newKey()
	former, _ := s.abandoned(key)
	if winner := s.oneOwnerOf(key); winner == former.Owner {
		s.Fatalf("the former owner %s still holds the key", winner)
	}
}

func zombieIsRefused(s *trial) {
	key := newKey()
	former, zombie := s.abandoned(key)
	next, r := s.held(key, "buy")

	s.want(s.store.Complete(s.Context(), zombie), reply.ErrSuperseded, "Complete by the former owner")
	unnamed := zombie
	unnamed.Key = "" // it was registered with the key
	s.want(s.store.Complete(s.Context(), unnamed), reply.ErrSuperseded, "Complete by the former owner, without the key")
	s.wantState(zombie.Request, reply.Pending)
	s.want(s.store.Release(s.Context(), key, former.Owner), nil, "Release by the former owner")
	s.wantHolder(former, next.Owner)
	s.want(s.store.Cancel(s.Context(), former.Owner), nil, "Cancel of the former request")
	s.wantHolder(former, next.Owner)

	s.want(s.store.Complete(s.Context(), r), nil, "Complete by the next owner")
	s.wantReply(r)
	s.wantCollect(reply.ID{}, r)
}

func lateOwnerCompletes(s *trial) {
	key := newKey()
	late, r := s.abandoned(key)
	s.want(s.store.Complete(s.Context(), r), nil, "Complete by a late owner whose key nobody took")
	s.wantReply(r)
	next, _ := s.claim(key, "buy")
	s.wantHolder(next, late.Owner)
}

func lateOwnerRacesWithTakeover(s *trial) {
	for range rounds {
		key := newKey()
		late, r := s.abandoned(key)
		next, _ := s.claim(key, "buy")
		var holder reply.ID
		errs := race(2, func(i int) (err error) {
			if i == 0 {
				return s.store.Complete(s.Context(), r)
			}
			holder, err = s.store.Claim(s.Context(), next)
			return err
		})
		s.want(errs[1], nil, "Claim")
		switch completed := errs[0]; {
		case completed == nil && holder == late.Owner:
			s.wantReply(r)
		case errors.Is(completed, reply.ErrSuperseded) && holder == next.Owner:
			s.wantState(r.Request, reply.Pending)
		default:
			s.Fatalf("Complete by the late owner returned %v, and the holder is %s (late %s, next %s)",
				completed, holder, late.Owner, next.Owner)
		}
	}
}
