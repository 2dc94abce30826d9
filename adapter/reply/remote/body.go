package remote

import (
	"bytes"
	"io"
)

// trustedLength is up to which a buffer is made as large as its sender says.
const trustedLength = 64 << 10

// readAll reads to the end. length is what the sender announced, -1 if
// nothing.
func readAll(r io.Reader, length int64) ([]byte, error) {
	var buf bytes.Buffer
	if length > 0 {
		buf.Grow(int(min(length, trustedLength)) + bytes.MinRead)
	}
	_, err := buf.ReadFrom(r)
	return buf.Bytes(), err
}
