package reply_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
)

func keys(t *testing.T, s string) reply.Keys {
	t.Helper()
	k, err := reply.ParseKeys(s)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestTokenIsForOneRequestUntilItExpires(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	id, other := reply.NewID(now, 7), reply.NewID(now, 7)
	k := keys(t, "a=0123456789abcdef")
	token := k.Sign(id, now.Add(time.Minute))
	forged := []byte(token)
	forged[len(forged)-5] ^= 1
	longer := strings.Replace(token, "1800000060", "1800009999", 1)
	for name, tt := range map[string]struct {
		keys  reply.Keys
		token string
		id    reply.ID
		at    time.Time
		valid bool
	}{
		"valid":             {k, token, id, now, true},
		"last second":       {k, token, id, now.Add(time.Minute), true},
		"expired":           {k, token, id, now.Add(time.Minute + time.Second), false},
		"another request":   {k, token, other, now, false},
		"forged":            {k, string(forged), id, now, false},
		"later expiry":      {k, longer, id, now, false},
		"empty":             {k, "", id, now, false},
		"no parts":          {k, "a", id, now, false},
		"too long":          {k, token + strings.Repeat("x", 300), id, now, false},
		"after rotation":    {keys(t, "b=fedcba9876543210,a=0123456789abcdef"), token, id, now, true},
		"key taken away":    {keys(t, "b=fedcba9876543210"), token, id, now, false},
		"same id, new key":  {keys(t, "a=fedcba9876543210"), token, id, now, false},
		"another process's": {reply.RandomKeys(), token, id, now, false},
		"random, its own":   {k, reply.RandomKeys().Sign(id, now.Add(time.Minute)), id, now, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := tt.keys.Verify(tt.token, tt.id, tt.at)
			if (err == nil) != tt.valid || err != nil && !errors.Is(err, reply.ErrToken) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestParseKeysRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "a", "a=short", "=0123456789abcdef", "a.b=0123456789abcdef", "a=0123456789abcdef,a=0123456789abcdef", "a=0123456789abcdef,"} {
		if _, err := reply.ParseKeys(s); err == nil {
			t.Errorf("%q was taken", s)
		} else if strings.Contains(err.Error(), "0123456789abcdef") {
			t.Errorf("%q: the error tells the secret", s)
		}
	}
}

func FuzzVerify(f *testing.F) {
	k := reply.RandomKeys()
	id := reply.NewID(time.Unix(1_800_000_000, 0), 1)
	f.Add(k.Sign(id, time.Unix(1_800_000_060, 0)))
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		if k.Verify(token, reply.NewID(time.Unix(1_800_000_000, 0), 2), time.Unix(1_800_000_000, 0)) == nil {
			t.Errorf("%q was taken for another request", token)
		}
	})
}
