package adapter

import (
	"errors"
	"fmt"
	"strings"
)

// Token is a bearer token (RFC 6750) and the tenant that it stands for.
type Token struct {
	// Tenant names who sends the token. Requests of one tenant cannot be seen
	// by another.
	Tenant string
	// Secret is the token: at least [MinTokenLength] characters.
	Secret string
}

// MinTokenLength is the least length of a token.
const MinTokenLength = 16

// ParseTokens reads tenant=secret,tenant=secret; "" is no token. What is there
// but names nobody is refused, as no tokens would let everybody in. Errors do
// not show what was read.
func ParseTokens(s string) ([]Token, error) {
	var out []Token
	for entry := range strings.SplitSeq(s, ",") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		tenant, secret, ok := strings.Cut(entry, "=")
		if !ok || tenant == "" || len(secret) < MinTokenLength {
			return nil, fmt.Errorf("entry %d is not tenant=secret with a secret of at least %d characters", len(out)+1, MinTokenLength)
		}
		out = append(out, Token{Tenant: tenant, Secret: secret})
	}
	if s != "" && len(out) == 0 {
		return nil, errors.New("there is no entry tenant=secret")
	}
	return out, nil
}
