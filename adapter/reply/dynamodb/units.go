package dynamodb

import (
	"math"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const (
	unitSize  = 4 << 10 // bytes that one read unit reads
	strong    = 1.0
	eventual  = 0.5
	nodeSize  = 1 // of an element of a list or map, and more that is never read here
	groupSize = 3 // of a list or map
)

// unitsOf gives the read units of one page: as the server tells, or by the rule
// of DynamoDB's pricing, where the sizes of the items are summed and then
// rounded up. An answer without items is billed too.
func unitsOf(told *types.ConsumedCapacity, size int, consistent bool) float64 {
	if told != nil && told.CapacityUnits != nil && *told.CapacityUnits > 0 {
		return *told.CapacityUnits
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
