package dynamodb

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

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

// text reads an attribute of textValue; "" if there is none.
func text(it item, attr string) (string, error) {
	switch v := it[attr].(type) {
	case nil:
		return "", nil
	case *types.AttributeValueMemberS:
		return v.Value, nil
	case *types.AttributeValueMemberB:
		return string(v.Value), nil
	default:
		return "", malformed(attr)
	}
}

// data reads an attribute with bytes; nil if there is none.
func data(it item, attr string) ([]byte, error) {
	switch v := it[attr].(type) {
	case nil:
		return nil, nil
	case *types.AttributeValueMemberB:
		return v.Value, nil
	default:
		return nil, malformed(attr)
	}
}

// number reads a whole number; 0 if there is none.
func number(it item, attr string) (int64, error) {
	switch v := it[attr].(type) {
	case nil:
		return 0, nil
	case *types.AttributeValueMemberN:
		n, err := strconv.ParseInt(v.Value, 10, 64)
		if err != nil {
			return 0, malformed(attr)
		}
		return n, nil
	default:
		return 0, malformed(attr)
	}
}

// moment reads a time; the zero time if there is none.
func moment(it item, attr string) (time.Time, error) {
	v, ok := it[attr].(*types.AttributeValueMemberN)
	if !ok {
		if it[attr] != nil {
			return time.Time{}, malformed(attr)
		}
		return time.Time{}, nil
	}
	whole, fraction, _ := strings.Cut(v.Value, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}, malformed(attr)
	}
	const digits = 9
	if len(fraction) > digits {
		return time.Time{}, malformed(attr)
	}
	ns, err := strconv.ParseUint(fraction+strings.Repeat("0", digits-len(fraction)), 10, 32)
	if err != nil {
		return time.Time{}, malformed(attr)
	}
	return time.Unix(seconds, int64(ns)).UTC(), nil
}
