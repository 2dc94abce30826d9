package callback

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Keys sign deliveries (HOMING_CALLBACK_KEYS), each delivery by all of them, so that the
// targets can go over from one to the next. The zero value has none.
type Keys struct{ keys [][]byte }

// Of the secrets of Standard Webhooks.
const (
	keyPrefix         = "whsec_"
	minKey, maxKey    = 24, 64
	maxKeys           = 8
	signatureOfSHA256 = "v1,"
)

// HowToMakeKey is a command that prints a key.
const HowToMakeKey = `echo "whsec_$(openssl rand -base64 32)"`

var errKeys = fmt.Errorf(
	"must be whsec_ and %d to %d bytes in base64, as by %s; commas separate keys, the newest first", minKey, maxKey, HowToMakeKey)

// ParseKeys reads keys that commas separate, whsec_ and 24 to 64 bytes in base64 each,
// as Standard Webhooks has them. Its error holds nothing of them.
func ParseKeys(s string) (Keys, error) {
	var k Keys
	n := 0
	for entry := range strings.SplitSeq(s, ",") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		n++
		key, err := parseKey(entry)
		if err == nil && slices.ContainsFunc(k.keys, func(other []byte) bool { return hmac.Equal(other, key) }) {
			err = errors.New("is there twice")
		}
		if err != nil {
			return Keys{}, fmt.Errorf("%w: key %d %w", errKeys, n, err)
		}
		k.keys = append(k.keys, key)
	}
	if n > maxKeys {
		return Keys{}, fmt.Errorf("%w: there are more than %d", errKeys, maxKeys)
	}
	return k, nil
}

func parseKey(entry string) ([]byte, error) {
	text, hasPrefix := strings.CutPrefix(entry, keyPrefix)
	key, err := base64.StdEncoding.Strict().DecodeString(text)
	switch {
	case strings.HasPrefix(entry, "whsk_"), strings.HasPrefix(entry, "whpk_"):
		return nil, errors.New("is one for asymmetric signatures")
	case !hasPrefix:
		return nil, errors.New("does not begin with whsec_")
	case err != nil:
		return nil, errors.New("is not in base64, with its = at the end")
	case len(key) < minKey || len(key) > maxKey:
		return nil, fmt.Errorf("has %d bytes", len(key))
	}
	return key, nil
}

// Any reports whether there is a key.
func (k Keys) Any() bool { return len(k.keys) > 0 }

// sign returns the header webhook-signature of a delivery. The reference library does the
// same, and copies the body twice for each key.
func (k Keys) sign(id, timestamp string, body []byte) string {
	signatures := make([]string, len(k.keys))
	for i, key := range k.keys {
		h := hmac.New(sha256.New, key)
		_, _ = h.Write([]byte(id + "." + timestamp + ".")) // a hash takes everything
		_, _ = h.Write(body)
		signatures[i] = signatureOfSHA256 + base64.StdEncoding.EncodeToString(h.Sum(nil))
	}
	return strings.Join(signatures, " ")
}
