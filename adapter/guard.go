package adapter

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
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

// guard knows the tokens by their hashes, so that a compare takes the same time
// whatever was sent.
type guard []hashedToken

type hashedToken struct {
	tenant string
	hash   [sha256.Size]byte
}

func newGuard(tokens []Token) (guard, error) {
	var g guard
	for i, t := range tokens {
		if t.Tenant == "" {
			return nil, fmt.Errorf("token %d has no tenant; write it as tenant=secret", i+1)
		}
		if len(t.Secret) < MinTokenLength {
			return nil, fmt.Errorf("the token of tenant %q has less than %d characters", t.Tenant, MinTokenLength)
		}
		g = append(g, hashedToken{t.Tenant, sha256.Sum256([]byte(t.Secret))})
	}
	return g, nil
}

// tenants returns how many tenants may call; without tokens it is one.
func (g guard) tenants() int {
	names := map[string]struct{}{}
	for _, t := range g {
		names[t.tenant] = struct{}{}
	}
	return max(len(names), 1)
}

// authorised lets only requests with a valid token through to h.
func (a *Adapter) authorised(h func(http.ResponseWriter, *http.Request, string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if tenant, ok := a.admit(w, r); ok {
			h(w, r, tenant)
		}
	}
}

// admit returns whose token r carries. If that is none of ours it answers so,
// and ok is false.
func (a *Adapter) admit(w http.ResponseWriter, r *http.Request) (tenant string, ok bool) {
	if len(a.guard) == 0 {
		return "", true
	}
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	hash := sha256.Sum256([]byte(strings.TrimLeft(secret, " ")))
	found := -1
	for i := range a.guard { // all of them, always
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(hash[:], a.guard[i].hash[:]), i, found)
	}
	if found < 0 || !strings.EqualFold(scheme, "Bearer") {
		a.metrics.refused(refusedToken)
		w.Header().Set("WWW-Authenticate", `Bearer realm="homing"`)
		problem.Write(w, functions.Errorf(http.StatusUnauthorized, "send a valid token: Authorization: Bearer TOKEN"))
		return "", false
	}
	return a.guard[found].tenant, true
}

// permit returns nil if a tenant may call a chain.
func (rt *route) permit(tenant string) error {
	if len(rt.chain.Tenants) == 0 || slices.Contains(rt.chain.Tenants, tenant) {
		return nil
	}
	return functions.Errorf(http.StatusForbidden, "this token may not call chain %s", rt.chain.Name)
}
