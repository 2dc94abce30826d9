package dynamodb_test

import (
	"bytes"
	"testing"

	"github.com/homing-dev/homing/adapter/reply/dynamodb"
)

func packer(t testing.TB) *dynamodb.Store {
	t.Helper()
	s, err := dynamodb.New(dynamodb.Options{Client: &interposed{}, Table: "none"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOnlyWhatShrinksIsCompressed(t *testing.T) {
	t.Parallel()
	s := packer(t)
	for name, tt := range map[string]struct {
		plain   []byte
		smaller bool
	}{
		"nothing":              {nil, false},
		"small":                {bytes.Repeat([]byte("a"), 1000), false},
		"text":                 {bytes.Repeat([]byte("homing "), 1000), true},
		"noise":                {noise(10_000), false},
		"much noise":           {noise(1_000_000), false},
		"noise, then a text":   {append(noise(40_000), bytes.Repeat([]byte("a"), 400_000)...), true},
		"a text, then noise":   {append(bytes.Repeat([]byte("a"), 400_000), noise(40_000)...), true},
		"a mebibyte of one":    {make([]byte, 1<<20), true},
		"as large as two ends": {noise(64 << 10), false},
	} {
		packed := dynamodb.PackForTest(s, tt.plain)
		if got := len(packed) < len(tt.plain); got != tt.smaller || len(packed) > len(tt.plain)+1 {
			t.Errorf("%s: %d bytes became %d", name, len(tt.plain), len(packed))
		}
		if back, err := dynamodb.UnpackForTest(packed); err != nil || !bytes.Equal(back, tt.plain) {
			t.Errorf("%s: %d bytes came back, %v", name, len(back), err)
		}
	}
}

// Whatever is stored is read, or refused, and what is read is packed again.
func FuzzUnpack(f *testing.F) {
	s := packer(f)
	f.Add(dynamodb.PackForTest(s, bytes.Repeat([]byte("data"), 1000)))
	f.Add([]byte("pdata"))
	f.Add([]byte("z\xff\xff\xff\xff\x03"))
	f.Fuzz(func(t *testing.T, packed []byte) {
		plain, err := dynamodb.UnpackForTest(packed)
		if err != nil {
			return
		}
		if back, err := dynamodb.UnpackForTest(dynamodb.PackForTest(s, plain)); err != nil || !bytes.Equal(back, plain) {
			t.Errorf("%d bytes became %d, %v", len(plain), len(back), err)
		}
	})
}
