package dynamodb

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/homing-dev/homing/adapter/reply"
)

// Cancel implements [reply.Store]. It is one call, and one more if the request
// has a key or cannot be cancelled.
func (s *Store) Cancel(ctx context.Context, id reply.ID) error {
	o := s.begin("cancel")
	key, err := o.cancel(ctx, id)
	if err != nil || key == "" {
		return err
	}
	return o.deleteClaim(ctx, newChange(claimKey(key), "#ow = :ow").value(attrOwner, textValue(id.String())))
}

// cancel ends the record and gives its key. One that was cancelled before gives
// its key again: that call may have stopped before it gave the key back.
func (o *operation) cancel(ctx context.Context, id reply.ID) (key string, err error) {
	for range maxTurns {
		c := newChange(recordKey(id), "#st = :pending AND #ex > :now").
			value("pending", textValue(statePending)).value("now", timeValue(o.now)).
			put(attrState, textValue(stateCancelled))
		c.returns = types.ReturnValueAllOld
		old, err := o.update(ctx, c)
		if err == nil {
			return text(old, attrKey)
		}
		if !errors.Is(err, errRefused) {
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
