package dynamodb

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// query reads all pages of a query and hands on their items. units are what
// the pages took that were read, and at least what one takes.
func (o *operation) query(ctx context.Context, in *dynamodb.QueryInput, each func(item) error) (units float64, err error) {
	in.TableName = &o.s.opts.Table
	in.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
	consistent := in.ConsistentRead != nil && *in.ConsistentRead
	for {
		var out *dynamodb.QueryOutput
		err := o.read(ctx, func(ctx context.Context) (err error) {
			out, err = o.s.opts.Client.Query(ctx, in, own)
			return err
		})
		if err != nil {
			return max(units, unitsOf(nil, 0, consistent)), err // a call that fails may be billed too
		}
		size := 0
		for _, it := range out.Items {
			size += itemSize(it)
			if err == nil {
				err = each(it)
			}
		}
		units += unitsOf(out.ConsumedCapacity, size, consistent)
		if err != nil || len(out.LastEvaluatedKey) == 0 {
			return units, err
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}
