package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
)

// RegionOf is regionOf.
func RegionOf(host string) string { return regionOf(host) }

// Hash is what a payload is signed by.
func Hash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
