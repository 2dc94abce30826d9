package dynamodb

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/homing-dev/homing/adapter/reply"
)

func TestTimesComeBackToTheNanosecond(t *testing.T) {
	t.Parallel()
	for text, at := range map[string]time.Time{
		"0":                    time.Unix(0, 0),
		"1800000000":           time.Unix(1_800_000_000, 0),
		"1800000000.5":         time.Unix(1_800_000_000, 500_000_000),
		"1800000000.000000001": time.Unix(1_800_000_000, 1),
		"253402300799":         time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	} {
		v, ok := timeValue(at).(*types.AttributeValueMemberN)
		if !ok || v.Value != text {
			t.Errorf("%s is written as %v, want %s", at, v, text)
		}
		a := attributes{item: item{"a": timeValue(at)}}
		if got := a.moment("a"); a.err != nil || !got.Equal(at) {
			t.Errorf("%s came back as %s, %v", at, got, a.err)
		}
	}
	a := attributes{item: item{"a": timeValue(time.Time{})}}
	if got := a.moment("a"); a.err != nil || got.Unix() != 0 {
		t.Errorf("a time before 1970 came back as %s, %v", got, a.err)
	}
}

func TestMalformedItemsAreErrors(t *testing.T) {
	t.Parallel()
	number := func(s string) types.AttributeValue { return &types.AttributeValueMemberN{Value: s} }
	null := &types.AttributeValueMemberNULL{Value: true}
	id := reply.NewID(time.Now(), 1)
	for name, it := range map[string]item{
		"state":            {attrState: textValue("?")},
		"state, no text":   {attrState: number("1")},
		"tenant":           {attrTenant: null},
		"expires":          {attrExpires: textValue("1")},
		"expires, letters": {attrExpires: number("x")},
		"too exact":        {attrExpires: number("1.0123456789")},
		"fraction":         {attrExpires: number("1.x")},
		"data":             {attrData: textValue("x")},
		"parts":            {attrParts: number("many")},
		"parts, no number": {attrParts: null},
	} {
		if rec, err := parseRecord(id, it); !errors.Is(err, errItem) {
			t.Errorf("%s: %+v, %v", name, rec, err)
		}
	}
	good := item{attrFingerprint: bytesValue(make([]byte, 32)), attrOwner: textValue(id.String())}
	if _, err := parseClaim(good); err != nil {
		t.Error(err)
	}
	for name, it := range map[string]item{
		"fingerprint": {attrFingerprint: bytesValue([]byte("short")), attrOwner: good[attrOwner]},
		"owner":       {attrFingerprint: good[attrFingerprint], attrOwner: textValue("nobody")},
		"lease":       {attrFingerprint: good[attrFingerprint], attrOwner: good[attrOwner], attrLease: null},
	} {
		if c, err := parseClaim(it); !errors.Is(err, errItem) {
			t.Errorf("claim, %s: %+v, %v", name, c, err)
		}
	}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	counted := func(f float64) *types.ConsumedCapacity { return &types.ConsumedCapacity{CapacityUnits: aws.Float64(f)} }
	for name, tt := range map[string]struct {
		counted    *types.ConsumedCapacity
		size       int
		consistent bool
		want       float64
	}{
		"counted":               {counted(7.5), 10, true, 7.5},
		"counted nothing":       {counted(0), 0, false, 0.5},
		"not counted, no items": {nil, 0, true, 1},
		"one unit":              {nil, 4096, true, 1},
		"a byte more":           {nil, 4097, true, 2},
		"eventually":            {nil, 4097, false, 1},
		"capacity without it":   {&types.ConsumedCapacity{}, 8192, false, 1},
	} {
		if got := unitsOf(tt.counted, tt.size, tt.consistent); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
	size := itemSize(item{
		"ab": textValue("cde"), "b": bytesValue(make([]byte, 100)), "n": numberValue(1234), "t": &types.AttributeValueMemberBOOL{Value: true},
		"s": &types.AttributeValueMemberSS{Value: []string{"12", "345"}},
	})
	if size != 5+101+5+2+(1+3+3+4) {
		t.Errorf("an item has %d bytes", size)
	}
}

func TestKeysSortAndSeparate(t *testing.T) {
	t.Parallel()
	if a, b := mailboxKey(0xabc), mailboxKey(0xfffff); a != "m#00abc" || b != "m#fffff" {
		t.Errorf("%s, %s", a, b)
	}
	secret := "a secret that a caller made up"
	key := attributes{item: claimKey(secret)}
	if pk := key.text(attrPK); key.err != nil || strings.Contains(pk, "secret") || len(pk) != 2+64 {
		t.Errorf("the key of a claim is %q, %v", pk, key.err)
	}
	early, late := arrival(time.Unix(9, 0)), arrival(time.Unix(1_800_000_000, 0))
	if early >= late || len(early) != len(late) {
		t.Errorf("%s and %s", early, late)
	}
	if _, ok := arrivalTime("no cursor"); ok {
		t.Error("a cursor that is none was taken")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	client := struct{ API }{}
	for name, opts := range map[string]Options{
		"no client": {Table: "t"},
		"no table":  {Client: client},
		"reply":     {Client: client, Table: "t", MaxReply: -1},
		"slack":     {Client: client, Table: "t", Slack: -1},
		"patience":  {Client: client, Table: "t", Patience: -1},
		"attempt":   {Client: client, Table: "t", Attempt: -1},
		"tombstone": {Client: client, Table: "t", Tombstone: -1},
	} {
		if _, err := New(opts); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestNamesAreThoseOfTheExpressions(t *testing.T) {
	t.Parallel()
	names := namesIn("#ab = :x AND contains(#c, :y)", "", "SET #ab = if_not_exists(#d")
	if len(names) != 3 || names["#ab"] != "ab" || names["#c"] != "c" || names["#d"] != "d" {
		t.Errorf("got %v", names)
	}
}
