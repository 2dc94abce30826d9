package dynamodb

import (
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/homing-dev/homing/adapter/reply"
)

// record is an item of a request, read but for its reply.
type record struct {
	request    reply.Request
	state      string
	registered string // the call of Register
	completed  string // the call of Complete
	written    time.Time
	packed     []byte
	parts      int
	fenced     []string
}

// parseRecord reads the item of the request id; nil if there is none. An item
// that has only fences gives a record without a state.
func parseRecord(id reply.ID, it item) (*record, error) {
	if len(it) == 0 {
		return nil, nil //nolint:nilnil // no item, no record: that is no error here
	}
	rec := &record{request: reply.Request{ID: id}, fenced: fences(it)}
	var parts int64
	var errs [11]error
	rec.state, errs[0] = text(it, attrState)
	rec.request.Tenant, errs[1] = text(it, attrTenant)
	rec.request.Chain, errs[2] = text(it, attrChain)
	rec.request.Key, errs[3] = text(it, attrKey)
	rec.request.Deadline, errs[4] = moment(it, attrDeadline)
	rec.request.Expires, errs[5] = moment(it, attrExpires)
	rec.registered, errs[6] = text(it, attrRegistered)
	rec.completed, errs[7] = text(it, attrCompleted)
	rec.written, errs[8] = moment(it, attrWritten)
	rec.packed, errs[9] = data(it, attrData)
	parts, errs[10] = number(it, attrParts)
	rec.parts = int(parts)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	switch rec.state {
	case "", statePending, stateCompleted, stateCancelled:
		return rec, nil
	default:
		return nil, malformed(attrState)
	}
}

// fences reads the grants that are over.
func fences(it item) []string {
	if v, ok := it[attrFenced].(*types.AttributeValueMemberSS); ok {
		return v.Value
	}
	return nil
}

// known says what keeps a record from being given out: ErrUnknown or
// ErrExpired. It may be called on nil.
func (rec *record) known(now time.Time) error {
	switch {
	case rec == nil, rec.state == "":
		return reply.ErrUnknown
	case passed(rec.request.Expires, now):
		return reply.ErrExpired
	default:
		return nil
	}
}

// reply gives the reply of a completed record; packed is what is stored of it,
// in the record or in parts.
func (rec *record) reply(packed []byte) (reply.Reply, error) {
	plain, err := unpack(packed)
	if err != nil {
		return reply.Reply{}, err
	}
	ev, progress, err := decode(plain)
	if err != nil {
		return reply.Reply{}, err
	}
	return reply.Reply{Request: rec.request, Event: ev, Progress: progress}, nil
}
