package reply

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// ErrToken means that a reply token is forged, expired or made for another
// request.
var ErrToken = errors.New("the reply token is not valid for this request")

// Keys make and check reply tokens. An event carries the token of its request
// to the vertices, and only who has it may complete the request.
//
// A token is "keyid.expiry.mac": expiry in Unix seconds, mac the HMAC-SHA256
// (RFC 2104) over key id, request id, mailbox and expiry, in base64url. The
// first key signs and every key verifies, so a key is rotated by putting a new
// one in front and taking the old one away when its tokens have expired.
type Keys struct {
	keys []key
}

type key struct {
	id     string
	secret []byte
}

const (
	minSecret = 16
	maxToken  = 256
)

// RandomKeys is for an adapter whose replies live and die with its process.
func RandomKeys() Keys {
	secret := make([]byte, sha256.Size)
	_, _ = rand.Read(secret) // never fails, since Go 1.24
	return Keys{[]key{{"r", secret}}}
}

// ParseKeys reads "keyid=secret,keyid=secret". A key id has letters and digits,
// a secret at least 16 characters.
func ParseKeys(s string) (Keys, error) {
	var k Keys
	seen := map[string]bool{}
	for i, entry := range strings.Split(s, ",") {
		id, secret, ok := strings.Cut(strings.TrimSpace(entry), "=")
		switch {
		case !ok || id == "" || strings.ContainsFunc(id, notAlphanumeric):
			return Keys{}, fmt.Errorf("reply key %d is not keyid=secret with a key id of letters and digits", i+1)
		case len(secret) < minSecret:
			// The id is not in the text: it is the secret, if that ends with a = and the id was forgotten.
			return Keys{}, fmt.Errorf("the secret of reply key %d has less than %d characters", i+1, minSecret)
		case seen[id]:
			return Keys{}, fmt.Errorf("reply key %d has the key id of an earlier one", i+1)
		}
		seen[id] = true
		k.keys = append(k.keys, key{id, []byte(secret)})
	}
	return k, nil
}

func notAlphanumeric(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
}

// For returns the keys of another purpose: what they sign is nothing for any other.
func (k Keys) For(purpose string) Keys {
	derived := Keys{make([]key, len(k.keys))}
	for i, one := range k.keys {
		h := hmac.New(sha256.New, one.secret)
		_, _ = io.WriteString(h, purpose) // a hash takes everything
		derived.keys[i] = key{one.id, h.Sum(nil)}
	}
	return derived
}

// Any reports whether there are keys.
func (k Keys) Any() bool { return len(k.keys) > 0 }

// Sign returns the token of a request, valid until expires.
func (k Keys) Sign(id ID, expires time.Time) string {
	first := k.keys[0]
	seconds := strconv.FormatInt(expires.Unix(), 10)
	return first.id + "." + seconds + "." + base64.RawURLEncoding.EncodeToString(first.mac(id, seconds))
}

// Verify returns ErrToken unless token lets its bearer complete the request id
// now. It takes the same time for every invalid token of a known key.
func (k Keys) Verify(token string, id ID, now time.Time) error {
	seconds, signed := k.signed(token, id)
	if expires, err := strconv.ParseInt(seconds, 10, 64); !signed || err != nil || now.Unix() > expires {
		return ErrToken
	}
	return nil
}

// Signed reports whether one of the keys has signed token for the request id,
// expired or not: whether an event that has it comes from an adapter with such a key.
func (k Keys) Signed(token string, id ID) bool {
	_, signed := k.signed(token, id)
	return signed
}

func (k Keys) signed(token string, id ID) (seconds string, signed bool) {
	if len(token) > maxToken {
		return "", false
	}
	keyID, rest, _ := strings.Cut(token, ".")
	seconds, mac64, ok := strings.Cut(rest, ".")
	mac, err := base64.RawURLEncoding.Strict().DecodeString(mac64)
	if !ok || err != nil {
		return "", false
	}
	for _, one := range k.keys {
		if one.id == keyID {
			signed = hmac.Equal(mac, one.mac(id, seconds))
		}
	}
	return seconds, signed
}

func (k key) mac(id ID, seconds string) []byte {
	h := hmac.New(sha256.New, k.secret)
	_, _ = fmt.Fprintf(h, "%s|%s|%d|%s", k.id, id, id.Mailbox(), seconds) // a hash takes everything
	return h.Sum(nil)
}
