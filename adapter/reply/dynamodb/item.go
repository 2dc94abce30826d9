package dynamodb

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

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
	fenced     []string // the grants that are over
}

// parseRecord reads the item of the request id; nil if there is none. An item
// that has only fences is a record without a state.
func parseRecord(id reply.ID, it item) (*record, error) {
	if len(it) == 0 {
		return nil, nil //nolint:nilnil // no item, no record: that is no error here
	}
	a := attributes{item: it}
	rec := &record{
		request: reply.Request{
			ID: id, Tenant: a.text(attrTenant), Chain: a.text(attrChain), Key: a.text(attrKey),
			Deadline: a.moment(attrDeadline), Expires: a.moment(attrExpires),
		},
		state: a.text(attrState), registered: a.text(attrRegistered), completed: a.text(attrCompleted), written: a.moment(attrWritten),
		packed: a.bytes(attrData), parts: int(a.number(attrParts)),
	}
	if v, ok := it[attrFenced].(*types.AttributeValueMemberSS); ok {
		rec.fenced = v.Value
	}
	if rec.state == statePending {
		rec.request.Callback = a.text(attrCallback)
	}
	switch rec.state {
	case "", statePending, stateCompleted, stateCancelled:
	default:
		a.malformed(attrState)
	}
	if a.err != nil {
		return nil, a.err
	}
	return rec, nil
}

// known returns what keeps a record from being returned: ErrUnknown or
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

// errItem means that an item is not as this package writes it.
var errItem = errors.New("an item of the table is malformed")

func malformed(attr string) error { return fmt.Errorf("%w: attribute %q", errItem, attr) }

// textValue is a text as S. What is no UTF-8, as a key that a caller made up,
// is kept as B, since JSON would turn two such texts into one.
func textValue(s string) types.AttributeValue {
	if utf8.ValidString(s) {
		return &types.AttributeValueMemberS{Value: s}
	}
	return &types.AttributeValueMemberB{Value: []byte(s)}
}

func bytesValue(b []byte) types.AttributeValue { return &types.AttributeValueMemberB{Value: b} }

func numberValue(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// timeValue is a time in Unix seconds, to the nanosecond. What is before 1970
// becomes 0: it has passed, and no more is asked of it.
func timeValue(t time.Time) types.AttributeValue {
	if t.Unix() < 0 {
		t = time.Unix(0, 0)
	}
	text := strconv.FormatInt(t.Unix(), 10)
	if ns := t.Nanosecond(); ns != 0 {
		text += strings.TrimRight(fmt.Sprintf(".%09d", ns), "0")
	}
	return &types.AttributeValueMemberN{Value: text}
}

// sweptValue is the first whole second after t.
func sweptValue(t time.Time) types.AttributeValue { return numberValue(max(t.Unix(), 0) + 1) }

// attributes are those of an item, read one by one. err is the first that was
// malformed.
type attributes struct {
	item item
	err  error
}

func (a *attributes) malformed(attr string) { a.err = cmp.Or(a.err, malformed(attr)) }

// text reads an attribute of textValue; "" if there is none.
func (a *attributes) text(attr string) string {
	switch v := a.item[attr].(type) {
	case nil:
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberB:
		return string(v.Value)
	default:
		a.malformed(attr)
	}
	return ""
}

// bytes reads an attribute with bytes; nil if there is none.
func (a *attributes) bytes(attr string) []byte {
	v, ok := a.item[attr].(*types.AttributeValueMemberB)
	if ok {
		return v.Value
	}
	if a.item[attr] != nil {
		a.malformed(attr)
	}
	return nil
}

// number reads a whole number; 0 if there is none.
func (a *attributes) number(attr string) int64 {
	n, err := strconv.ParseInt(a.digits(attr), 10, 64)
	if err != nil {
		a.malformed(attr)
	}
	return n
}

// digits reads a number as it is written; "0" if there is none.
func (a *attributes) digits(attr string) string {
	switch v := a.item[attr].(type) {
	case nil:
		return "0"
	case *types.AttributeValueMemberN:
		return v.Value
	default:
		return ""
	}
}

// moment reads a time; the zero time if there is none.
func (a *attributes) moment(attr string) time.Time {
	if a.item[attr] == nil {
		return time.Time{}
	}
	const digits = 9
	whole, fraction, _ := strings.Cut(a.digits(attr), ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	ns, err2 := strconv.ParseUint(fraction+strings.Repeat("0", max(digits-len(fraction), 0)), 10, 32)
	if err != nil || err2 != nil || len(fraction) > digits {
		a.malformed(attr)
	}
	return time.Unix(seconds, int64(ns)).UTC()
}
