package invoke

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"
)

const (
	uuidSize  = 16
	spanSize  = 8
	traceSize = 12
)

// newID makes a request id: a random UUID (RFC 9562, version 4).
func newID() string {
	var b [uuidSize]byte
	_, _ = rand.Read(b[:]) // never fails, since Go 1.24
	const versionByte, variantByte = 6, 8
	b[versionByte] = b[versionByte]&0x0f | 0x40 //nolint:mnd // the layout of RFC 9562
	b[variantByte] = b[variantByte]&0x3f | 0x80 //nolint:mnd // the same
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// newTrace makes an X-Ray tracing header that is not sampled.
func newTrace(now time.Time) string {
	var b [traceSize + spanSize]byte
	_, _ = rand.Read(b[:])
	return fmt.Sprintf("Root=1-%08x-%s;Parent=%s;Sampled=0",
		now.Unix(), hex.EncodeToString(b[:traceSize]), hex.EncodeToString(b[traceSize:]))
}
