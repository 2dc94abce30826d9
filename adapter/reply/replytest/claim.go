package replytest

import (
	"crypto/rand"
	"crypto/sha256"

	"github.com/homing-dev/homing/adapter/reply"
)

func claimChecks() []check {
	return []check{
		{"AFreeKeyIsHeldByWhoClaimsIt", freeKeyIsHeld},
		{"AHeldKeyStaysWithItsHolder", heldKeyStays},
		{"AHolderThatClaimsAgainExtendsItsLease", holderExtends},
		{"AnotherThatClaimsDoesNotExtendTheLease", otherDoesNotExtend},
		{"AHeldKeyIsRefusedToAnotherCall", otherCallIsRefused},
		{"OneOfManyRacingClaimsWinsAndAllLearnTheSame", oneClaimWins},
		{"TheHolderCompletes", holderCompletes},
		{"TheHolderCompletesWithoutNamingTheKey", holderCompletesUnnamed},
		{"AReplyWithoutTheClaimIsRefused", replyWithoutClaim},
		{"ACompletedHolderKeepsTheKeyUntilItExpires", completedHolderKeeps},
		{"ReleaseFreesTheKey", releaseFrees},
		{"ReleaseByAnotherDoesNothing", releaseByAnother},
		{"CancelReleasesTheKey", cancelReleases},
		{"AClaimExpires", claimExpires},
	}
}

func newKey() string { return "key/" + rand.Text() + "/ü" }

// claim is one of the key for a new request that starts now.
func (s *trial) claim(key, call string) (reply.Claim, reply.Reply) {
	now := s.clock.Now()
	r := s.request()
	r.Key = key
	return reply.Claim{
		Key:         key,
		Fingerprint: sha256.Sum256([]byte(call)),
		Owner:       r.ID,
		Lease:       now.Add(lease),
		Expires:     now.Add(lifetime),
	}, newReply(r, call)
}

// held is a claim that is granted, for a request that is registered.
func (s *trial) held(key, call string) (reply.Claim, reply.Reply) {
	s.Helper()
	c, r := s.claim(key, call)
	s.wantHolder(c, c.Owner)
	s.want(s.store.Register(s.Context(), r.Request), nil, "Register")
	return c, r
}

// wantHolder claims and fails the check unless that returns the holder.
func (s *trial) wantHolder(c reply.Claim, holder reply.ID) {
	s.Helper()
	got, err := s.store.Claim(s.Context(), c)
	s.want(err, nil, "Claim")
	if got != holder {
		s.Fatalf("Claim returned the holder %s, want %s", got, holder)
	}
}

func (s *trial) wantKeyReused(key, call string) {
	s.Helper()
	c, _ := s.claim(key, call)
	_, err := s.store.Claim(s.Context(), c)
	s.want(err, reply.ErrKeyReused, "Claim for another call")
}

func freeKeyIsHeld(s *trial) {
	one, other := newKey(), newKey()
	s.held(one, "buy")
	s.held(other, "buy")
}

func heldKeyStays(s *trial) {
	key := newKey()
	holder, _ := s.held(key, "buy")
	next, _ := s.claim(key, "buy")
	s.wantHolder(next, holder.Owner)
	s.wantHolder(holder, holder.Owner) // asked again, as after an answer that was lost
	s.clock.advance(lease - margin)
	s.wantHolder(next, holder.Owner)
}

func holderExtends(s *trial) {
	key := newKey()
	holder, r := s.held(key, "buy")
	next, _ := s.claim(key, "buy")
	for range 2 {
		s.clock.advance(lease - margin)
		extended, earlier := holder, holder
		extended.Lease = s.clock.Now().Add(lease)
		s.wantHolder(extended, holder.Owner)
		s.wantHolder(earlier, holder.Owner) // a lease is never shortened
	}
	s.clock.advance(lease - margin)
	s.wantHolder(next, holder.Owner)
	s.want(s.store.Complete(s.Context(), r), nil, "Complete by the holder")
	s.wantReply(r)

	key = newKey()
	holder, _ = s.held(key, "buy")
	holder.Lease = s.clock.Now().Add(lease + margin)
	s.wantHolder(holder, holder.Owner)
	s.clock.advance(lease + 2*margin)
	s.held(key, "sell")
}

func otherDoesNotExtend(s *trial) {
	key := newKey()
	holder, _ := s.held(key, "buy")
	s.clock.advance(lease - margin)
	next, _ := s.claim(key, "buy")
	s.wantHolder(next, holder.Owner)
	s.clock.advance(2 * margin)
	s.wantHolder(next, next.Owner)
}

func otherCallIsRefused(s *trial) {
	key := newKey()
	holder, _ := s.held(key, "buy")
	s.wantKeyReused(key, "sell")
	again, _ := s.claim(key, "buy")
	s.wantHolder(again, holder.Owner)
}

func oneClaimWins(s *trial) { s.oneOwnerOf(newKey()) }

// oneOwnerOf lets many calls claim a key at once.
func (s *trial) oneOwnerOf(key string) reply.ID {
	s.Helper()
	claims := make([]reply.Claim, racers)
	for i := range claims {
		claims[i], _ = s.claim(key, "buy")
	}
	holders := make([]reply.ID, racers)
	for _, err := range race(racers, func(i int) (err error) {
		holders[i], err = s.store.Claim(s.Context(), claims[i])
		return err
	}) {
		s.want(err, nil, "a racing Claim")
	}
	winners := 0
	for i, holder := range holders {
		if holder != holders[0] {
			s.Fatalf("racing claims returned two holders, %s and %s", holders[0], holder)
		}
		if claims[i].Owner == holder {
			winners++
		}
	}
	if winners != 1 {
		s.Fatalf("%d of the racing claims hold the key, want 1", winners)
	}
	return holders[0]
}

func holderCompletes(s *trial) {
	_, registered := s.held(newKey(), "buy")
	s.want(s.store.Complete(s.Context(), registered), nil, "Complete by the holder")
	s.wantReply(registered)

	claimed, unregistered := s.claim(newKey(), "buy")
	s.wantHolder(claimed, claimed.Owner)
	s.want(s.store.Complete(s.Context(), unregistered), nil, "Complete by the holder without Register")
	s.wantReply(unregistered)
	s.want(s.store.Complete(s.Context(), unregistered), reply.ErrCompleted, "Complete by the holder again")
}

func holderCompletesUnnamed(s *trial) {
	key := newKey()
	holder, full := s.held(key, "buy")
	bare := full
	bare.Key = ""
	s.want(s.store.Complete(s.Context(), bare), nil, "Complete by the holder, without the key")
	s.wantReply(full)
	s.clock.advance(lease + margin)
	next, _ := s.claim(key, "buy")
	s.wantHolder(next, holder.Owner)
}

func replyWithoutClaim(s *trial) {
	key := newKey()
	_, nobody := s.claim(key, "buy")
	s.want(s.store.Complete(s.Context(), nobody), reply.ErrSuperseded, "Complete under a key that nobody claimed")
	s.wantLookup(nobody.ID, reply.ErrUnknown)

	holder, want := s.held(key, "buy")
	_, other := s.claim(key, "buy")
	s.want(s.store.Complete(s.Context(), other), reply.ErrSuperseded, "Complete under the key of another")
	s.wantLookup(other.ID, reply.ErrUnknown)
	s.wantHolder(holder, holder.Owner)
	s.want(s.store.Complete(s.Context(), want), nil, "Complete by the holder")
	s.wantCollect(reply.ID{}, want)
}

func completedHolderKeeps(s *trial) {
	key := newKey()
	holder, r := s.held(key, "buy")
	s.want(s.store.Complete(s.Context(), r), nil, "Complete")
	s.clock.advance(lifetime - margin) // the lease is long over
	next, _ := s.claim(key, "buy")
	s.wantHolder(next, holder.Owner)
	s.wantKeyReused(key, "sell")
	s.wantReply(r)

	s.clock.advance(2 * margin)
	s.held(key, "sell")
}

func releaseFrees(s *trial) {
	key := newKey()
	holder, zombie := s.held(key, "buy")
	s.want(s.store.Release(s.Context(), key, holder.Owner), nil, "Release")
	s.want(s.store.Release(s.Context(), key, holder.Owner), nil, "Release of a free key")
	s.want(s.store.Complete(s.Context(), zombie), reply.ErrSuperseded, "Complete after Release")
	s.held(key, "sell")
}

func releaseByAnother(s *trial) {
	key := newKey()
	holder, r := s.held(key, "buy")
	other, _ := s.claim(key, "buy")
	s.want(s.store.Release(s.Context(), key, other.Owner), nil, "Release by another")
	s.wantHolder(other, holder.Owner)
	s.want(s.store.Complete(s.Context(), r), nil, "Complete by the holder")
}

func cancelReleases(s *trial) {
	key := newKey()
	holder, r := s.held(key, "buy")
	s.want(s.store.Cancel(s.Context(), holder.Owner), nil, "Cancel")
	_, next := s.held(key, "sell")

	s.want(s.store.Complete(s.Context(), r), reply.ErrCancelled, "Complete of the cancelled request")
	s.want(s.store.Complete(s.Context(), next), nil, "Complete of the next request")
}

func claimExpires(s *trial) {
	key := newKey()
	long, _ := s.claim(key, "buy")
	long.Lease = long.Expires.Add(lifetime) // a lease does not outlive the claim
	s.wantHolder(long, long.Owner)
	s.clock.advance(lifetime + margin)
	s.held(key, "sell")
}
