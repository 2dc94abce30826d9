package dynamodb

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/homing-dev/homing/adapter/reply"
)

const (
	// TTLAttribute is the attribute for the table's time to live, in Unix
	// seconds.
	TTLAttribute = "ttl"
	// IndexName is the name of the index that has completed records in the
	// order of their arrival.
	IndexName = "arrivals"
)

// Attributes of the items. They are short, as every item pays for them.
const (
	attrPK      = "pk"
	attrSK      = "sk"
	attrArrival = "ar" // S, of the index: when the reply was written, and the id
	attrExpires = "ex" // N, Unix seconds

	// Of a record.
	attrState      = "st" // S: pending, completed or cancelled; none if only fences are there
	attrTenant     = "tn"
	attrChain      = "ch"
	attrKey        = "ky"
	attrCallback   = "cb" // S: a URL, while it is pending
	attrDeadline   = "dl" // N, Unix seconds
	attrRegistered = "rn" // S: names the call of Register
	attrCompleted  = "nn" // S: names the call of Complete
	attrWritten    = "wr" // N, Unix seconds
	attrData       = "da" // B: the reply, as encode writes it; also of a part
	attrParts      = "pa" // N: how many parts the reply has, then data is empty
	attrFenced     = "fe" // SS: the grants that are over

	// Of a claim.
	attrFingerprint = "fp" // B
	attrOwner       = "ow" // S: request id
	attrLease       = "le" // N, Unix seconds
	attrGrant       = "gr" // S: names the grant
	attrKept        = "kp" // BOOL: the owner has completed, so the lease is moot
)

// Of a dead letter.
const (
	attrVersion    = "ve" // S: names the call of Put; its parts are under this name
	attrLetterKept = "kt" // N, Unix seconds
	attrSize       = "sz" // N, bytes
)

// Values of attrState.
const (
	statePending   = "p"
	stateCompleted = "c"
	stateCancelled = "x"
)

// Schema describes the table that a store needs, billed per request; arrivals
// adds the index of that name for stores with [Options].Arrivals. The time to
// live is another call: its attribute is [TTLAttribute].
func Schema(table string, arrivals bool) *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{
		TableName:   aws.String(table),
		BillingMode: types.BillingModePayPerRequest,
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String(attrPK), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String(attrSK), KeyType: types.KeyTypeRange},
		},
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String(attrPK), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String(attrSK), AttributeType: types.ScalarAttributeTypeS},
		},
	}
	if !arrivals {
		return in
	}
	in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{
		AttributeName: aws.String(attrArrival), AttributeType: types.ScalarAttributeTypeS,
	})
	in.GlobalSecondaryIndexes = []types.GlobalSecondaryIndex{{
		IndexName: aws.String(IndexName),
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String(attrPK), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String(attrArrival), KeyType: types.KeyTypeRange},
		},
		Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
	}}
	return in
}

// item is an item of the table, or the key of one.
type item = map[string]types.AttributeValue

// sortClaim is the sort key of every claim: its partition has one item.
const sortClaim = "claim"

// sortCounter is the same of every counter.
const sortCounter = "counter"

// mailboxKey is the partition key of the records of a mailbox.
func mailboxKey(box reply.Mailbox) string { return fmt.Sprintf("m#%05x", uint32(box)) }

// recordKey is the key of a record. The text of an id sorts as the id does.
func recordKey(id reply.ID) item { return keyOf(mailboxKey(id.Mailbox()), id.String()) }

// claimKey is the key of a claim. A hash stands for the idempotency key, which
// may be a secret, long, or no text.
func claimKey(key string) item {
	sum := sha256.Sum256([]byte(key))
	return keyOf("k#"+hex.EncodeToString(sum[:]), sortClaim)
}

// counterKey is the key of a counter, whose name may be no text.
func counterKey(key string) item {
	sum := sha256.Sum256([]byte(key))
	return keyOf("n#"+hex.EncodeToString(sum[:]), sortCounter)
}

// partsKey is the partition key of the parts of a reply. Each call of Complete
// has parts of its own, so that two of them cannot mix.
func partsKey(id reply.ID, call string) string { return "p#" + id.String() + "#" + call }

// partKey is the key of one part.
func partKey(pk string, number int) item { return keyOf(pk, partName(number)) }

// partName is the sort key of one part.
func partName(number int) string { return fmt.Sprintf("%04d", number) }

func keyOf(pk, sk string) item {
	return item{attrPK: textValue(pk), attrSK: textValue(sk)}
}

// newName names a call or a grant.
func newName() string { return rand.Text() }
