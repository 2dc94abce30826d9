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

// authenticate is how to say who one is (RFC 6750 section 3).
const authenticate = `Bearer realm="homing"`

// authorised lets only callers who are known through to h.
func (a *Adapter) authorised(h func(http.ResponseWriter, *http.Request, string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r, tenant, ok := a.admit(w, r); ok {
			h(w, r, tenant)
		}
	}
}

// secured reports whether callers have to show who they are.
func (a *Adapter) secured() bool { return len(a.guard) > 0 || a.cfg.Verifier != nil }

// admit returns who has sent r: by whom the platform has let in, else by its token.
// If that is none of ours it answers so, and ok is false. The request that it returns
// has the identity that goes with the tenant, if there is one.
func (a *Adapter) admit(w http.ResponseWriter, r *http.Request) (_ *http.Request, tenant string, ok bool) {
	id := identityOf(r)
	switch {
	case id != nil && (!id.Default || !a.secured() || r.Header.Get("Authorization") == ""):
		return r, id.Tenant, true
	case !a.secured():
		return r, "", true
	}
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	secret = strings.TrimLeft(secret, " ")
	bearer := strings.EqualFold(scheme, "Bearer")
	if found := a.guard.find(secret); found >= 0 && bearer {
		if id != nil {
			r = r.WithContext(WithIdentity(r.Context(), Identity{Tenant: a.guard[found].tenant, AllScopes: true}))
		}
		return r, a.guard[found].tenant, true
	}
	verified, err := a.verify(r, secret, bearer)
	if err != nil {
		a.metrics.refused(refusedToken)
		a.fail(w, &exchange{}, err)
		return nil, "", false
	}
	return r.WithContext(WithIdentity(r.Context(), verified)), verified.Tenant, true
}

// verify returns whose a token is that is none of those that are known.
func (a *Adapter) verify(r *http.Request, token string, bearer bool) (Identity, error) {
	if !bearer || a.cfg.Verifier == nil {
		return Identity{}, &challengeError{
			authenticate,
			functions.Errorf(http.StatusUnauthorized, "send a valid token: Authorization: Bearer TOKEN"),
		}
	}
	id, err := a.cfg.Verifier.Verify(r.Context(), token)
	switch {
	case err == nil:
		return id, nil
	case errors.Is(err, ErrToken):
		return id, &challengeError{authenticate + `, error="invalid_token"`, functions.Errorf(http.StatusUnauthorized, "%w", err)}
	case r.Context().Err() != nil:
		return id, errClientGone
	default:
		return id, &functions.Error{RetryAfter: storeRetryAfter, Cause: err, Problem: functions.Problem{
			Status: http.StatusServiceUnavailable, Detail: "it cannot be found out now whether the token is valid; try again later",
		}}
	}
}

// find returns the number of the token that a secret is, or -1.
func (g guard) find(secret string) int {
	hash := sha256.Sum256([]byte(secret))
	found := -1
	for i := range g { // all of them, always
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(hash[:], g[i].hash[:]), i, found)
	}
	return found
}

// permit returns nil if the caller of c may call its chain. A link to the reply is for
// who may fetch it.
func (c *call) permit(r *http.Request) error {
	chain := &c.route.chain
	if len(chain.Tenants) > 0 && !slices.Contains(chain.Tenants, c.tenant) {
		return functions.Errorf(http.StatusForbidden, "this token may not call chain %s", chain.Name)
	}
	if hasScope(r, chain.Scopes.Fetch) != nil {
		c.ask.prefer.link = 0
	}
	return hasScope(r, chain.Scopes.Call)
}
