package callback_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/callback"
)

// key is one of n bytes that are all b.
func key(n int, b string) string {
	return "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(b, n)))
}

func TestKeysAreThoseOfStandardWebhooks(t *testing.T) {
	t.Parallel()
	for _, text := range []string{key(24, "a"), key(64, "a"), " " + key(32, "a") + " , " + key(25, "b") + ","} {
		if k, err := callback.ParseKeys(text); err != nil || !k.Any() {
			t.Errorf("%q: %v", text, err)
		}
	}
	if k, err := callback.ParseKeys(" ,"); err != nil || k.Any() {
		t.Errorf("none: %v", err)
	}
}

func TestInvalidKeysAreRefusedWithoutBeingShown(t *testing.T) {
	t.Parallel()
	const secret = "c2VjcmV0LW9mLXRoaXMtdGVzdC1vZi1jYWxsYmFja3M"
	nine := make([]string, 9)
	for i := range nine {
		nine[i] = key(32, string(rune('a'+i)))
	}
	for text, want := range map[string]string{
		secret + "=":                      "key 1 does not begin with whsec_",
		"whsec_" + secret:                 "key 1 is not in base64, with its =",
		"whsec_" + secret + "= x":         "key 1 is not in base64",
		"whsec_-_" + secret:               "key 1 is not in base64",
		"WHSEC_" + secret + "=":           "key 1 does not begin with",
		"whsec_":                          "key 1 has 0 bytes",
		key(23, "a"):                      "key 1 has 23 bytes",
		key(65, "a"):                      "key 1 has 65 bytes",
		"whsk_" + secret + "=":            "asymmetric",
		key(32, "a") + ",," + secret:      "key 2 does not begin",
		key(32, "a") + "," + key(32, "a"): "key 2 is there twice",
		strings.Join(nine, ","):           "more than 8",
	} {
		k, err := callback.ParseKeys(text)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "openssl rand -base64 32") || k.Any() ||
			strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), strings.TrimPrefix(text, "whsec_")) && len(text) > 10 {
			t.Errorf("%q: %v", text, err)
		}
	}
}
