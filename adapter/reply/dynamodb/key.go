package dynamodb

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/homing-dev/homing/adapter/reply"
)

// item is an item of the table, or the key of one.
type item = map[string]types.AttributeValue

// sortClaim is the sort key of every claim: its partition has one item.
const sortClaim = "claim"

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
