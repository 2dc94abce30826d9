package dynamodb

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/internal/encoding"
)

// maxRounds bounds how often a call begins anew because the items that it is
// about changed under it. Each time another call has got on.
const maxRounds = 8

var errBusy = errors.New("the record changes all the time")

// Complete implements [reply.Store]. It is one call: a conditional write
// without a read. A refused one reads to find out why; one under an
// idempotency key reads the claim first; one whose reply does not fit into an
// item reads the record first and writes the parts. A reply larger than
// [Options].MaxReply is refused by [reply.ErrTooLarge].
func (s *Store) Complete(ctx context.Context, r reply.Reply) error {
	o := s.begin("complete")
	if passed(r.Expires, o.now) {
		return reply.ErrExpired
	}
	plain, err := encoding.Append(nil, r)
	if err != nil {
		return o.fail(err)
	}
	if int64(len(plain)) > s.opts.MaxReply {
		return o.fail(reply.TooLarge(s.opts.MaxReply))
	}
	packed := s.pack(plain)
	if len(packed) <= maxInline {
		return o.complete(ctx, completion{request: r.Request, packed: packed})
	}
	return o.completeInParts(ctx, r.Request, packed)
}

// completion is what a call of Complete writes.
type completion struct {
	request reply.Request
	packed  []byte
	parts   int
}

// complete writes the record of a reply, on the conditions of its request's
// key: that of the reply, or else that of the record.
func (o *operation) complete(ctx context.Context, c completion) error {
	for range maxRounds {
		grant, owner, err := o.grantOf(ctx, c.request)
		if err != nil {
			return err
		}
		if owner {
			if _, err := o.update(ctx, o.completing(c, grant)); !errors.Is(err, errCondition) {
				return err
			}
		}
		rec, err := o.readState(ctx, c.request.ID)
		if err != nil {
			return err
		}
		if rec != nil && rec.completed == o.call {
			return nil // an earlier attempt of this call
		}
		if err := rec.refusal(o.now, c.request.Key, grant); err != nil {
			return err
		}
		if !owner {
			return reply.ErrSuperseded
		}
		if c.request.Key == "" && rec != nil {
			c.request.Key = rec.request.Key
		}
	}
	return o.fail(errBusy)
}

// grantOf returns the grant under which a request may complete: "" if it has no
// key. owner is false if another request, or none, holds the key.
func (o *operation) grantOf(ctx context.Context, r reply.Request) (grant string, owner bool, err error) {
	if r.Key == "" {
		return "", true, nil
	}
	held, err := o.readClaim(ctx, r.Key)
	if err != nil || held == nil {
		return "", false, err
	}
	return held.grant, held.owner == r.ID && !passed(held.expires, o.now), nil
}

// completing is the write of a reply. Whoever fences a grant writes the same
// item, so one of the two is refused.
func (o *operation) completing(c completion, grant string) *change {
	const free = "attribute_not_exists(#st) OR #st = :pending AND #ex > :now"
	ch := newChange(recordKey(c.request.ID), "attribute_not_exists(#fe) AND ("+free+" AND attribute_not_exists(#ky))")
	if c.request.Key != "" {
		ch.when = "(attribute_not_exists(#fe) OR NOT contains(#fe, :grant)) AND (" + free + ")"
		ch.value("grant", textValue(grant))
	}
	ch.value("pending", textValue(statePending)).value("now", timeValue(o.now))

	o.putRequest(ch, c.request)
	if c.request.Deadline.IsZero() {
		ch.drop(attrDeadline)
	}
	ch.put(attrState, textValue(stateCompleted)).
		put(attrCompleted, textValue(o.call)).
		put(attrWritten, timeValue(o.now))
	if c.parts > 0 {
		ch.put(attrParts, numberValue(int64(c.parts)))
	} else {
		ch.put(attrData, bytesValue(c.packed))
	}
	if o.s.opts.Arrivals {
		ch.put(attrArrival, textValue(arrival(o.now)+"#"+c.request.ID.String()))
	}
	return ch
}

// readState reads of a record what decides about a change; nil if there is
// none.
func (o *operation) readState(ctx context.Context, id reply.ID) (*record, error) {
	it, _, err := o.getItem(ctx, recordKey(id), true, attrState, attrExpires, attrKey, attrCompleted, attrFenced)
	if err != nil {
		return nil, err
	}
	rec, err := parseRecord(id, it)
	if err != nil {
		return nil, o.fail(err)
	}
	return rec, nil
}

// refusal is why a reply is refused; nil if it may be tried again: the record
// was swept, or it names a key that was not known. It may be called on nil.
func (rec *record) refusal(now time.Time, key, grant string) error {
	switch {
	case rec == nil:
		return nil
	case errors.Is(rec.known(now), reply.ErrExpired):
		return reply.ErrExpired
	case rec.state == stateCompleted:
		return reply.ErrCompleted
	case rec.state == stateCancelled:
		return reply.ErrCancelled
	case key == "" && rec.request.Key == "" && len(rec.fenced) > 0:
		return reply.ErrSuperseded // it had a key, which it has lost
	case slices.Contains(rec.fenced, grant):
		return reply.ErrSuperseded
	default:
		return nil
	}
}
