package dynamodb

// What the tests of this package's behaviour need of its inside.

// KeyForTest gives a partition key as the value :pk.
func KeyForTest(pk string) item { return item{":pk": textValue(pk)} }

// What is stored of a reply.
var (
	EncodeForTest = encode
	DecodeForTest = decode
	UnpackForTest = unpack
)

// PackForTest compresses as the store does.
func PackForTest(s *Store, plain []byte) []byte { return s.pack(plain) }
