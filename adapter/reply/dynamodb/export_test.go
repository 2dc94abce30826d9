package dynamodb

import (
	"time"

	"github.com/homing-dev/homing/internal/letterbox"
)

// What the tests of this package's behaviour need of its inside.

// KeyForTest is a partition key as the value :pk.
func KeyForTest(pk string) item { return item{":pk": textValue(pk)} }

// UnpackForTest undoes [PackForTest].
func UnpackForTest(packed []byte) ([]byte, error) { return unpack(packed) }

// SettleForTest has the answer to a change waited for, after its context has
// ended, for longer than a loaded machine takes.
func SettleForTest(s *Store, d time.Duration) { s.settle = d }

// PackForTest compresses as the store does.
func PackForTest(s *Store, plain []byte) []byte { return s.pack(plain) }

// LettersForTest returns a box apart from others in the same table.
func LettersForTest(s *Store, name string, limits letterbox.Limits) letterbox.Box {
	return s.letters(lettersName+name+"#", limits)
}
