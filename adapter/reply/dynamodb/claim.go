package dynamodb

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/homing-dev/homing/adapter/reply"
)

// claim is the item of an idempotency key.
type claim struct {
	fingerprint [32]byte
	owner       reply.ID
	lease       time.Time
	expires     time.Time
	grant       string
	kept        bool
}

// Claim implements [reply.Store]. It is one call if the key is free and two if
// it is held. The first claim after the lease has run out tries to fence the
// owner, which takes two more. A claim that is past its Expires gets
// [reply.ErrExpired]. Claiming a key again that the same owner still holds
// changes nothing but a lease that ended earlier, which is a third call.
func (s *Store) Claim(ctx context.Context, c reply.Claim) (reply.ID, error) {
	o := s.begin("claim")
	var former *claim // what the write replaces; it is fenced before
	for range maxRounds {
		if !passed(c.Expires, o.now) {
			err := o.putClaim(ctx, c, former)
			if err == nil {
				return c.Owner, nil
			}
			if !errors.Is(err, errCondition) {
				return reply.ID{}, err
			}
		}
		var err error
		if former, err = o.readClaim(ctx, c.Key); err != nil {
			return reply.ID{}, err
		}
		held, err := o.holds(ctx, c.Key, former)
		switch {
		case err != nil:
			return reply.ID{}, err
		case held && former.fingerprint != c.Fingerprint:
			return reply.ID{}, reply.ErrKeyReused
		case held:
			return former.owner, o.extend(ctx, c, former)
		case passed(c.Expires, o.now):
			return reply.ID{}, reply.ErrExpired
		}
	}
	return reply.ID{}, o.fail(errBusy)
}

// putClaim writes the claim of a new owner, unless the key is no longer as it was
// read.
func (o *operation) putClaim(ctx context.Context, c reply.Claim, former *claim) error {
	it := claimKey(c.Key)
	it[attrFingerprint] = bytesValue(c.Fingerprint[:])
	it[attrOwner] = textValue(c.Owner.String())
	it[attrLease] = timeValue(c.Lease)
	it[attrExpires] = timeValue(c.Expires)
	it[TTLAttribute] = sweptValue(c.Expires.Add(o.s.opts.Tombstone))
	it[attrGrant] = textValue(o.call)
	if former == nil {
		return o.putItem(ctx, it, "attribute_not_exists(#pk)", nil)
	}
	return o.putItem(ctx, it, "#gr = :former", item{":former": textValue(former.grant)})
}

// readClaim reads the claim of a key; nil if nobody has it.
func (o *operation) readClaim(ctx context.Context, key string) (*claim, error) {
	it, _, err := o.getItem(ctx, claimKey(key), true)
	if err != nil || len(it) == 0 {
		return nil, err
	}
	c, err := parseClaim(it)
	if err != nil {
		return nil, o.fail(err)
	}
	return c, nil
}

func parseClaim(it item) (*claim, error) {
	a := attributes{item: it}
	c := &claim{
		lease: a.moment(attrLease), expires: a.moment(attrExpires), grant: a.text(attrGrant),
	}
	if copy(c.fingerprint[:], a.bytes(attrFingerprint)) != len(c.fingerprint) {
		a.malformed(attrFingerprint)
	}
	if c.owner.UnmarshalText([]byte(a.text(attrOwner))) != nil {
		a.malformed(attrOwner)
	}
	if kept, ok := it[attrKept].(*types.AttributeValueMemberBOOL); ok {
		c.kept = kept.Value
	}
	return c, a.err
}

// holds reports whether nobody else can have the key now. If not, the owner was
// fenced: it cannot complete under this grant any more.
func (o *operation) holds(ctx context.Context, key string, c *claim) (bool, error) {
	switch {
	case c == nil:
		return false, nil
	case c.grant == o.call: // an earlier attempt of this call
		return true, nil
	case !passed(c.expires, o.now) && (c.kept || !passed(c.lease, o.now)):
		return true, nil
	}
	fenced, err := o.fence(ctx, c)
	if err != nil || fenced || passed(c.expires, o.now) {
		return false, err
	}
	return true, o.keepClaim(ctx, key, c)
}

// extend lets the lease of a claim last until that of c, if c is of the same
// owner. The grant stays: a reply that is on its way under it must still be
// refused once it is fenced.
func (o *operation) extend(ctx context.Context, c reply.Claim, held *claim) error {
	if held.owner != c.Owner || held.grant == o.call || held.kept || !held.lease.Before(c.Lease) {
		return nil
	}
	_, err := o.update(ctx, newChange(claimKey(c.Key), "#gr = :gr").
		value(attrGrant, textValue(held.grant)).
		put(attrLease, timeValue(c.Lease)))
	return ignoreCondition(err) // another call has just taken over, of which the next claim learns
}

// keepClaim notes that the owner of a claim has completed, so that the next
// call that asks for the key need not try to fence it: a write that is refused
// is billed by the size of the reply.
func (o *operation) keepClaim(ctx context.Context, key string, c *claim) error {
	_, err := o.update(ctx, newChange(claimKey(key), "#gr = :gr").
		value(attrGrant, textValue(c.grant)).
		put(attrKept, &types.AttributeValueMemberBOOL{Value: true}))
	return ignoreCondition(err) // it was released at this moment
}

// ignoreCondition is the error of a change that need not be made once its
// condition no longer holds.
func ignoreCondition(err error) error {
	if errors.Is(err, errCondition) {
		return nil
	}
	return err
}

// fence ends a grant: its owner can no longer complete under it. It returns
// false if the owner has completed.
func (o *operation) fence(ctx context.Context, c *claim) (bool, error) {
	_, err := o.update(ctx, newChange(recordKey(c.owner), "attribute_not_exists(#st) OR #st <> :completed").
		value("completed", textValue(stateCompleted)).
		insert(attrFenced, c.grant).
		keep(TTLAttribute, sweptValue(c.expires.Add(o.s.opts.Tombstone))))
	if errors.Is(err, errCondition) {
		return false, nil
	}
	return err == nil, err
}

// Release implements [reply.Store]. It is one call if owner does not hold the
// key, else three: the owner is fenced before its claim is deleted, since a
// reply of its own that is on its way must not count once another has the key.
func (s *Store) Release(ctx context.Context, key string, owner reply.ID) error {
	o := s.begin("release")
	c, err := o.readClaim(ctx, key)
	if err != nil || c == nil || c.owner != owner {
		return err
	}
	if _, err := o.fence(ctx, c); err != nil {
		return err
	}
	return ignoreCondition(o.deleteItem(ctx, newChange(claimKey(key), "#gr = :gr").value(attrGrant, textValue(c.grant))))
}
