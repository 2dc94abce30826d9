package dynamodb

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/homing-dev/homing/adapter/reply"
)

var _ reply.Bodies = (*Store)(nil)

// Place implements [reply.Bodies].
func (s *Store) Place() string { return "dynamodb:" + s.opts.Table + "/" }

// bodyKey is the partition key of the parts of a body.
func bodyKey(b reply.Body) string {
	return "b#" + b.Request.String() + "#" + hex.EncodeToString(b.Hash[:])
}

// PutBody implements [reply.Bodies]. A body is kept in parts, compressed if that makes
// it smaller. Every KiB of that is a write unit, and another one when it is deleted.
func (s *Store) PutBody(ctx context.Context, b reply.Body, data []byte, expires time.Time) error {
	o := s.begin("put a body")
	pk := bodyKey(b)
	var writes []types.WriteRequest
	for chunk := range slices.Chunk(s.pack(data), partSize) {
		it := partKey(pk, len(writes))
		it[attrData], it[attrExpires], it[TTLAttribute] = bytesValue(chunk), timeValue(expires), sweptValue(expires)
		writes = append(writes, types.WriteRequest{PutRequest: &types.PutRequest{Item: it}})
	}
	return noRight(o.batches(ctx, writes))
}

// GetBody implements [reply.Bodies]. It is one strongly consistent read for every
// mebibyte.
func (s *Store) GetBody(ctx context.Context, b reply.Body) ([]byte, error) {
	o := s.begin("get a body")
	var packed []byte
	number, consistent := 0, true
	_, err := o.query(ctx, &dynamodb.QueryInput{
		ConsistentRead:            &consistent,
		KeyConditionExpression:    new("#pk = :pk"),
		ExpressionAttributeNames:  namesIn("#pk"),
		ExpressionAttributeValues: item{":pk": textValue(bodyKey(b))},
	}, func(it item) error {
		part := attributes{item: it}
		packed = append(packed, part.bytes(attrData)...)
		if part.text(attrSK) != partName(number) || passed(part.moment(attrExpires), o.now) || part.err != nil {
			return o.fail(reply.ErrNoBody)
		}
		number++
		return nil
	})
	if err != nil {
		return nil, noRight(err)
	}
	if number == 0 {
		return nil, o.fail(reply.ErrNoBody)
	}
	data, err := unpack(packed)
	if err != nil {
		return nil, o.fail(reply.ErrNoBody) // not all parts are there any more
	}
	return data, nil
}

// DeleteBody implements [reply.Bodies].
func (s *Store) DeleteBody(ctx context.Context, b reply.Body) error {
	const form = 1 // byte in front of data that is not compressed
	parts := (b.Size + form + partSize - 1) / partSize
	if parts > mostParts {
		return s.once("delete a body").fail(malformed(attrParts))
	}
	pk := bodyKey(b)
	writes := make([]types.WriteRequest, parts)
	for i := range writes {
		writes[i] = types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: partKey(pk, i)}}
	}
	return noRight(s.begin("delete a body").batches(ctx, writes))
}

// mostParts is what partName has digits for.
const mostParts = 10_000

// noRight recognises the error of a client that may not do what it has tried.
func noRight(err error) error {
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorCode() == "AccessDeniedException" {
		return errors.Join(reply.ErrNoRight, err)
	}
	return err
}
