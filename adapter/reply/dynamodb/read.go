package dynamodb

import (
	"context"
	"math"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// getItem reads an item; it is empty if there is none. units are what that
// took.
func (o *operation) getItem(ctx context.Context, key item, consistent bool, attrs ...string) (it item, units float64, err error) {
	in := &dynamodb.GetItemInput{
		TableName:              &o.s.opts.Table,
		Key:                    key,
		ConsistentRead:         aws.Bool(consistent),
		ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	}
	if len(attrs) > 0 {
		projection := "#" + strings.Join(attrs, ", #")
		in.ProjectionExpression, in.ExpressionAttributeNames = &projection, namesIn(projection)
	}
	units = unitsOf(nil, 0, consistent) // a call that fails may be billed too
	err = o.read(ctx, func(ctx context.Context) error {
		out, err := o.s.opts.Client.GetItem(ctx, in, own)
		if err == nil {
			it, units = out.Item, unitsOf(out.ConsumedCapacity, itemSize(out.Item), consistent)
		}
		return err
	})
	return it, units, err
}

// query reads all pages of a query and passes on their items. units are what
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

const (
	unitSize  = 4 << 10 // bytes that one read unit reads
	strong    = 1.0
	eventual  = 0.5
	nodeSize  = 1 // of an element of a list or map, and more that is never read here
	groupSize = 3 // of a list or map
)

// unitsOf returns the read units of one page: as the server counts them, or by the rule
// of DynamoDB's pricing, where the sizes of the items are summed and then
// rounded up. An answer without items is billed too.
func unitsOf(counted *types.ConsumedCapacity, size int, consistent bool) float64 {
	if counted != nil && counted.CapacityUnits != nil && *counted.CapacityUnits > 0 {
		return *counted.CapacityUnits
	}
	each := eventual
	if consistent {
		each = strong
	}
	return each * math.Ceil(float64(max(size, 1))/unitSize)
}

// itemSize estimates what DynamoDB counts as the size of an item: names and
// values in bytes ("DynamoDB item sizes and formats" in the developer guide).
func itemSize(it item) int {
	n := 0
	for name, value := range it {
		n += len(name) + valueSize(value)
	}
	return n
}

func valueSize(value types.AttributeValue) int {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberB:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return len(v.Value)/2 + 2 //nolint:mnd // two digits a byte, a sign and an exponent
	case *types.AttributeValueMemberSS:
		n := groupSize
		for _, element := range v.Value {
			n += len(element) + nodeSize
		}
		return n
	default: // a truth value, and what this package does not write
		return 1
	}
}
