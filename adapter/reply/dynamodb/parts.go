package dynamodb

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/internal/encoding"
)

const (
	// maxInline is up to which size a reply is kept in its record, whose limit
	// is 400 KB with all names and values.
	maxInline = 300 << 10
	// partSize is how large a part is.
	partSize = 350 << 10
	// partsPerCall is how many parts one call writes or deletes. DynamoDB takes
	// 25 items and 16 MB; fewer make an attempt that has time to finish.
	partsPerCall = 10
)

var (
	// errUnprocessed means that the table took only some items of a batch. It
	// counts as throttling, which is its cause.
	errUnprocessed = errors.New("items of a batch are left")
	// errParts means that parts of a reply are gone before it has expired.
	errParts = errors.New("parts of the reply are missing")
)

// completeInParts completes a request whose reply does not fit into an item.
// The parts are written first: nobody looks for them before the record is
// there. Those of a reply that is refused are deleted, if that can be done at
// once, and else swept.
func (o *operation) completeInParts(ctx context.Context, r reply.Request, packed []byte) error {
	rec, err := o.readState(ctx, r.ID) // costs little beside parts that are written for nothing
	if err != nil {
		return err
	}
	if err := rec.refusal(o.now, r.Key, ""); err != nil {
		return err
	}
	pk := partsKey(r.ID, o.call)
	var writes []types.WriteRequest
	for chunk := range slices.Chunk(packed, partSize) {
		it := partKey(pk, len(writes))
		it[attrData], it[TTLAttribute] = bytesValue(chunk), sweptValue(r.Expires)
		writes = append(writes, types.WriteRequest{PutRequest: &types.PutRequest{Item: it}})
	}
	if err := o.batches(ctx, writes); err != nil {
		return err
	}
	err = o.complete(ctx, completion{request: r, parts: len(writes)})
	if isRefusal(err) {
		for i := range writes {
			writes[i] = types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: partKey(pk, i)}}
		}
		_ = o.batches(ctx, writes) // else they are swept
	}
	return err
}

// isRefusal reports whether a reply surely does not count.
func isRefusal(err error) bool {
	return errors.Is(err, reply.ErrCompleted) || errors.Is(err, reply.ErrCancelled) ||
		errors.Is(err, reply.ErrSuperseded) || errors.Is(err, reply.ErrExpired)
}

// batches writes items that no condition guards.
func (o *operation) batches(ctx context.Context, writes []types.WriteRequest) error {
	table := o.s.opts.Table
	for left := range slices.Chunk(writes, partsPerCall) {
		err := o.write(ctx, func(ctx context.Context) error {
			in := &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{table: left}}
			out, err := o.s.opts.Client.BatchWriteItem(ctx, in, own)
			if err != nil {
				return err
			}
			if left = out.UnprocessedItems[table]; len(left) > 0 {
				return errUnprocessed
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// replyOf returns the reply of a completed record. What is stored of it is in
// the record or in parts.
func (o *operation) replyOf(ctx context.Context, rec *record, consistent bool) (r reply.Reply, units float64, err error) {
	packed := rec.packed
	if rec.parts > 0 {
		packed, units, err = o.readParts(ctx, rec, consistent)
		if errors.Is(err, errParts) && !consistent { // the record was read before its parts
			var more float64
			packed, more, err = o.readParts(ctx, rec, true)
			units += more
		}
	}
	if err != nil {
		return reply.Reply{}, units, err
	}
	r.Request = rec.request
	plain, err := unpack(packed)
	if err == nil {
		r.Event, r.Progress, err = encoding.Read(plain)
	}
	if err != nil {
		return reply.Reply{}, units, o.fail(malformed(attrData))
	}
	return r, units, nil
}

func (o *operation) readParts(ctx context.Context, rec *record, consistent bool) (packed []byte, units float64, err error) {
	number := 0
	pk := partsKey(rec.request.ID, rec.completed)
	units, err = o.query(ctx, &dynamodb.QueryInput{
		ConsistentRead:            &consistent,
		KeyConditionExpression:    new("#pk = :pk"),
		ExpressionAttributeNames:  namesIn("#pk"),
		ExpressionAttributeValues: item{":pk": textValue(pk)},
	}, func(it item) error {
		part := attributes{item: it}
		packed = append(packed, part.bytes(attrData)...)
		if part.text(attrSK) != partName(number) || part.err != nil {
			return errParts
		}
		number++
		return nil
	})
	if err == nil && number != rec.parts || errors.Is(err, errParts) {
		err = o.fail(errParts)
	}
	return packed, units, err
}
