package dynamodb

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/homing-dev/homing/adapter/reply"
)

// Register implements [reply.Store]. It is one call, and two or three if the
// id is there already. A request that is past its Expires gets
// [reply.ErrExpired].
func (s *Store) Register(ctx context.Context, r reply.Request) error {
	o := s.begin("register")
	if passed(r.Expires, o.now) {
		return reply.ErrExpired
	}
	c := newChange(recordKey(r.ID), "attribute_not_exists(#st)") // an item that has only fences may be there
	c.put(attrState, textValue(statePending)).put(attrRegistered, textValue(o.call))
	if r.Callback != "" {
		c.put(attrCallback, textValue(r.Callback))
	}
	o.putRequest(c, r)
	_, err := o.update(ctx, c)
	if !errors.Is(err, errCondition) {
		return err
	}
	return o.registerLate(ctx, r)
}

// putRequest sets what is known of a request and leaves what is empty in it.
func (o *operation) putRequest(c *change, r reply.Request) {
	for attr, value := range namedTexts(r) {
		c.put(attr, textValue(value))
	}
	if !r.Deadline.IsZero() {
		c.put(attrDeadline, timeValue(r.Deadline))
	}
	c.put(attrExpires, timeValue(r.Expires))
	c.put(TTLAttribute, sweptValue(r.Expires.Add(o.s.opts.Tombstone)))
}

// namedTexts returns what is not empty of a request, by attribute.
func namedTexts(r reply.Request) map[string]string {
	texts := map[string]string{attrTenant: r.Tenant, attrChain: r.Chain, attrKey: r.Key}
	for attr, value := range texts {
		if value == "" {
			delete(texts, attr)
		}
	}
	return texts
}

// registerLate finds out why an id is taken. If its reply has come first, what
// that left empty is filled in.
func (o *operation) registerLate(ctx context.Context, r reply.Request) error {
	it, _, err := o.getItem(ctx, recordKey(r.ID), true,
		attrState, attrExpires, attrTenant, attrChain, attrKey, attrRegistered)
	if err != nil {
		return err
	}
	rec, err := parseRecord(r.ID, it)
	if err != nil {
		return o.fail(err)
	}
	if err := rec.known(o.now); err != nil {
		return reply.ErrExpired // it was there, so if it is gone now, it was swept
	}
	if rec.registered == o.call {
		return nil // an earlier attempt of this call
	}
	if rec.state == stateCompleted {
		if err := o.fillIn(ctx, rec.request, r); err != nil {
			return err
		}
	}
	return reply.ErrCompleted
}

// fillIn adds to a completed record what its reply left empty.
func (o *operation) fillIn(ctx context.Context, have, from reply.Request) error {
	c := newChange(recordKey(from.ID), "#st = :completed").value("completed", textValue(stateCompleted))
	there := namedTexts(have)
	for attr, value := range namedTexts(from) {
		if there[attr] == "" {
			c.keep(attr, textValue(value))
		}
	}
	if len(c.set) == 0 {
		return nil
	}
	_, err := o.update(ctx, c)
	return ignoreCondition(err) // it was swept at this moment: there is nothing left to fill
}

// Cancel implements [reply.Store]. It is one call, and one more if the request
// has a key or cannot be cancelled.
func (s *Store) Cancel(ctx context.Context, id reply.ID) error {
	o := s.begin("cancel")
	key, err := o.cancel(ctx, id)
	if err != nil || key == "" {
		return err
	}
	return ignoreCondition(o.deleteItem(ctx, newChange(claimKey(key), "#ow = :ow").value(attrOwner, textValue(id.String()))))
}

// cancel ends the record and returns its key, also if it was cancelled before:
// that call may have stopped before it released the key.
func (o *operation) cancel(ctx context.Context, id reply.ID) (key string, err error) {
	for range maxRounds {
		c := newChange(recordKey(id), "#st = :pending AND #ex > :now").
			value("pending", textValue(statePending)).value("now", timeValue(o.now)).
			put(attrState, textValue(stateCancelled))
		c.returns = types.ReturnValueAllOld
		old, err := o.update(ctx, c)
		if err == nil {
			was := attributes{item: old}
			return was.text(attrKey), was.err
		}
		if !errors.Is(err, errCondition) {
			return "", err
		}
		rec, err := o.readState(ctx, id)
		if err != nil {
			return "", err
		}
		if err := rec.known(o.now); err != nil {
			return "", err
		}
		switch rec.state {
		case stateCompleted:
			return "", reply.ErrCompleted
		case stateCancelled:
			return rec.request.Key, nil
		}
	}
	return "", o.fail(errBusy)
}
