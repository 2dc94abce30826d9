package redis

import (
	"context"
	"crypto/rand"
	"strconv"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

const (
	// maxRounds is how often a call starts again that others came before.
	maxRounds = 10
	// claimGrace is for how long the server keeps a claim that has expired, so
	// that who takes the key then knows whom to fence.
	claimGrace = time.Minute
)

// newName names a call or a grant.
func newName() string { return rand.Text() }

// Claim implements [reply.Store]. It is one call whether the key is free or
// held; the first claim after the lease has run out takes three. A claim that
// is past its Expires gets [reply.ErrExpired]. Claiming a key again that the
// same owner still holds changes nothing but a lease that ended earlier.
func (s *Store) Claim(ctx context.Context, c reply.Claim) (reply.ID, error) {
	const what = "claim"
	key, grant, former := s.claimKey(c.Key), newName(), ""
	for range maxRounds {
		t, err := s.tryClaim(ctx, c, key, grant, former)
		if err != nil {
			return reply.ID{}, err
		}
		if verdict := t.at(0); verdict != "HOLDER" && verdict != "LAPSED" {
			return reply.ID{}, refusal(what, t)
		}
		owner, err := reply.ParseID(t.at(1))
		if err != nil {
			return reply.ID{}, failed(what, errMalformed)
		}
		if t.at(0) == "HOLDER" {
			return owner, nil
		}
		if former, err = s.takeOver(ctx, key, owner, t[2:]); err != nil {
			return reply.ID{}, err
		}
	}
	return reply.ID{}, failed(what, errBusy)
}

// tryClaim runs the script. When the server has no memory left, an owner still
// extends his lease, and others still learn who holds the key.
func (s *Store) tryClaim(ctx context.Context, c reply.Claim, key, grant, former string) (texts, error) {
	args := func(promised bool) []any {
		return []any{
			s.named(), c.Fingerprint[:], c.Owner.String(), s.until(c.Lease), s.until(c.Expires), claimGrace.Milliseconds(),
			grant, former, promised,
		}
	}
	return s.promised(ctx, "claim", s.scripts.claim, s.scripts.reclaim, []string{key}, args)
}

// takeOver fences the owner of a claim that has lapsed, and returns the grant
// that may be replaced then; "" if its owner has completed and keeps it.
func (s *Store) takeOver(ctx context.Context, key string, owner reply.ID, claim texts) (string, error) {
	const what = "claim"
	grant := claim.at(0)
	lasts, err := strconv.ParseInt(claim.at(1), 10, 64)
	if err != nil {
		return "", failed(what, errMalformed)
	}
	fenced, err := s.fence(ctx, what, owner, grant, lasts)
	if err != nil || fenced || lasts == 0 {
		return grant, err
	}
	_, err = s.call(ctx, what, s.scripts.keep, []string{key}, grant)
	return "", err
}

// fence ends a grant: its owner can no longer complete under it. It returns
// false if the owner has completed. lasts is for how long the claim does.
func (s *Store) fence(ctx context.Context, what string, owner reply.ID, grant string, lasts int64) (bool, error) {
	k := s.keys(owner)
	answer, err := s.call(ctx, what, s.scripts.fence, []string{k.record, k.index}, grant, lasts+claimGrace.Milliseconds(), owner[:])
	return texts(answer).at(0) == "OK", err
}

// grantOf returns the grant under which owner holds a key, and for how long the
// claim lasts in milliseconds; the grant is "" if owner does not hold it.
func (s *Store) grantOf(ctx context.Context, what, key string, owner reply.ID) (grant string, lasts int64, err error) {
	answer, err := s.call(ctx, what, s.scripts.grant, []string{s.claimKey(key)}, s.named(), owner.String())
	if err != nil {
		return "", 0, err
	}
	if lasts, err = strconv.ParseInt(texts(answer).at(1), 10, 64); err != nil {
		return "", 0, failed(what, errMalformed)
	}
	return texts(answer).at(0), lasts, nil
}

// Release implements [reply.Store]. It is one call if owner does not hold the
// key, else three: the owner is fenced before its claim is deleted, since a
// reply of its own that is on its way must not count once another has the key.
func (s *Store) Release(ctx context.Context, key string, owner reply.ID) error {
	const what = "release"
	grant, lasts, err := s.grantOf(ctx, what, key, owner)
	if err != nil || grant == "" {
		return err
	}
	if _, err := s.fence(ctx, what, owner, grant, lasts); err != nil {
		return err
	}
	_, err = s.call(ctx, what, s.scripts.released, []string{s.claimKey(key)}, "g", grant)
	return err
}
